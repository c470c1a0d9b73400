// A reply on its way out: tokens' bytes in, text out that can be shown at once. It holds back bytes
// that are not yet a whole code point and text that may be the beginning of a stop string.
#ifndef AMOOZ_PLUGINS_TORCH_REPLY_STREAM_H_
#define AMOOZ_PLUGINS_TORCH_REPLY_STREAM_H_

#include <string>
#include <string_view>
#include <vector>

namespace amooz::llama {

// Guarantees: 1. what comes out is valid UTF-8 without U+0000; bytes that are no UTF-8 become
// U+FFFD as in Rust's from_utf8_lossy (which transformers' decode uses), U+0000 too. 2. All outputs
// joined are the whole reply: without its one leading space, and without the stop string and what
// follows.
class ReplyStream {
 public:
  // Empty strings are no stop strings.
  explicit ReplyStream(const std::vector<std::string_view>& stop);

  // What may be shown now. After stopped() nothing more comes.
  std::string Push(std::string_view bytes);
  // What was held back, at the reply's end.
  std::string Finish();
  bool stopped() const { return stopped_; }

 private:
  std::string Release(bool is_end);
  void Decode(bool is_end);

  std::vector<std::string> stop_;
  std::string bytes_;  // not yet decoded
  std::string text_;   // decoded, held back
  bool at_start_ = true, stopped_ = false;
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_REPLY_STREAM_H_
