// How similar a model's reply is to the response that people kept: what the gate compares where a
// runtime has no likelihood. Pure.
#ifndef AMOOZ_CORE_DATASET_REPLY_SIMILARITY_H_
#define AMOOZ_CORE_DATASET_REPLY_SIMILARITY_H_

#include <string_view>

namespace amooz::dataset {

// chrF2 (M. Popović, "chrF: character n-gram F-score for automatic MT evaluation", WMT 2015), 0 to
// 1: runs of one to six code points, white space left out; precision and recall, each the mean over
// the lengths that the text has; recall counts twice. It needs no words, so it serves every
// language alike. 1 for equal texts, 0 if nothing is shared or one of them is empty. Valid UTF-8.
double ReplySimilarity(std::string_view reply, std::string_view response);

}  // namespace amooz::dataset

#endif  // AMOOZ_CORE_DATASET_REPLY_SIMILARITY_H_
