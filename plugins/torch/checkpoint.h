// Where a training stands, on disk: enough to go on as if nothing had happened.
#ifndef AMOOZ_PLUGINS_TORCH_CHECKPOINT_H_
#define AMOOZ_PLUGINS_TORCH_CHECKPOINT_H_

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "plugins/torch/failure.h"

namespace amooz::llama {

struct ToldMetric {
  std::string name;
  double value = 0;
  std::int64_t step = 0;
};

// The numbers of a training under way.
struct Progress {
  std::int64_t step = 0;   // steps done
  std::int64_t epoch = 0;  // the epoch under way
  std::int64_t row = 0;    // rows of it done
  std::int64_t epochs_without_gain = 0;
  std::int64_t best_step = 0;
  double best_loss = std::numeric_limits<double>::infinity();
  double loss_sum = 0;          // since the last report, so that a report may span a restart
  std::int64_t loss_steps = 0;  // in that sum
  double seconds = 0;           // spent so far, over all processes
  // The curve so far. Whoever heard of it may not have kept it when both processes were killed.
  std::vector<ToldMetric> told;
  std::string stop_reason;  // "" while under way
};

// The arrays, each as long as the model has parameters. Borrowed.
struct TrainingArrays {
  std::span<float> weights, average, best, first_moment, second_moment;
};

// Replaces the file at `path`; a crash leaves the old checkpoint or the new one, whole.
void WriteCheckpoint(const std::string& path, const std::string& job_digest,
                     const Progress& progress, const TrainingArrays& arrays,
                     const StopPoint& stop_point = GoOn);
// False, with nothing touched, if there is none of this job. A checkpoint of another job is
// ignored; a damaged one is DATA_LOSS.
bool ReadCheckpoint(const std::string& path, const std::string& job_digest, Progress* progress,
                    const TrainingArrays& arrays, const StopPoint& stop_point = GoOn);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_CHECKPOINT_H_
