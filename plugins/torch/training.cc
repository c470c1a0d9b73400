#include "plugins/torch/training.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "plugins/torch/checkpoint.h"
#include "plugins/torch/failure.h"
#include "plugins/torch/network.h"
#include "plugins/torch/optimizer.h"
#include "plugins/torch/random.h"

namespace amooz::llama {
namespace {

constexpr std::int64_t kStepsPerReport = 10;
// Where steps are long, a checkpoint is written this often too, but never for more than a tenth of
// the time.
constexpr double kSecondsPerCheckpoint = 60, kTimesACheckpoint = 10;
constexpr std::size_t kFloatsAtOnce = 1 << 24;  // between stop points

std::int64_t Count(std::size_t n) { return static_cast<std::int64_t>(n); }

class Clock {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

class Training {
 public:
  Training(const TrainingTask& task, std::vector<float> start, const sdk::Call& call)
      : task_(task),
        config_(task.config),
        course_(task.is_warm ? config_.warm : config_.cold),
        call_(call),
        pieces_(PiecesOf(task.data.train, Context())),
        validation_pieces_(PiecesOf(task.data.validation, Context())),
        stop_point_([&call] { call.StopPoint(); }),
        weights_(std::move(start)),
        gradients_(weights_.size()),
        optimizer_(task.model, config_.optimizer),
        network_(task.model, weights_, gradients_, [&call] { return call.ShouldStop(); }) {
    for (std::vector<float>* copy : {&average_, &best_}) {
      call_.StopPoint();
      *copy = weights_;
    }
    std::vector<std::size_t> in_order(validation_pieces_.size());
    std::iota(in_order.begin(), in_order.end(), std::size_t{0});
    validation_rows_ = Pack(validation_pieces_, in_order, config_.row_tokens);
    total_steps_ = StepsWithin(config_.epochs, config_.max_steps);
    rate_.peak = course_.learning_rate;
    rate_.total_steps = total_steps_;
    rate_.warmup_steps = std::min(config_.warmup_steps, total_steps_ / 10);
  }

  TrainingResult Run() {
    if (!ReadCheckpoint(task_.checkpoint_path, task_.job_digest, &progress_, Arrays(),
                        stop_point_) &&
        task_.is_warm) {
      Validate();  // the base is the first candidate
    }
    if (progress_.step > 0) {
      call_.Log(AMOOZ_LOG_INFO, "resumed at step " + std::to_string(progress_.step));
      call_.Annotate("resumed_at_step", std::to_string(progress_.step));
      for (const ToldMetric& told : progress_.told) call_.Metric(told.name, told.value, told.step);
    }
    TellProgress();  // where it begins, before the first step
    seconds_before_ = progress_.seconds;
    saved_at_ = clock_.Seconds();
    while (progress_.stop_reason.empty()) RunEpoch();
    return {best_, progress_.best_loss, progress_.stop_reason, progress_.step};
  }

 private:
  std::size_t Context() const {
    return static_cast<std::size_t>(task_.model.max_position_embeddings);
  }
  TrainingArrays Arrays() {
    return {weights_, average_, best_, optimizer_.first(), optimizer_.second()};
  }

  std::vector<Row> RowsOfEpoch(std::int64_t epoch) const {
    const CounterRandom random(task_.seed, Stream::kOrder, static_cast<std::uint64_t>(epoch));
    return Pack(pieces_, random.Shuffled(pieces_.size()), config_.row_tokens);
  }

  // Epochs differ a little in their number of rows: the order decides how well rows are filled.
  std::int64_t StepsWithin(std::int64_t epochs, std::int64_t most) const {
    std::int64_t steps = 0;
    for (std::int64_t e = 0; e < epochs && steps < most; ++e) {
      call_.StopPoint();
      steps += Count(RowsOfEpoch(e).size());
    }
    return std::min(steps, most);
  }

  void RunEpoch() {
    const std::vector<Row> rows = RowsOfEpoch(progress_.epoch);
    while (progress_.row < Count(rows.size()) && progress_.stop_reason.empty()) {
      call_.StopPoint();
      Step(rows[static_cast<std::size_t>(progress_.row++)]);
      if (progress_.step == total_steps_) progress_.stop_reason = "steps";
      if (IsOutOfTime()) progress_.stop_reason = "max_minutes";
      // The last step's is saved after its validation, which a resumed training would not do.
      if (progress_.stop_reason.empty() &&
          (progress_.step % config_.checkpoint_every_steps == 0 || IsCheckpointOverdue())) {
        SaveCheckpoint();
      }
    }
    const bool is_whole = progress_.row == Count(rows.size());
    ++progress_.epoch;
    progress_.row = 0;
    Validate();
    if (progress_.stop_reason != "max_minutes") {
      if (is_whole && progress_.epoch >= config_.epochs) progress_.stop_reason = "epochs";
      if (progress_.epochs_without_gain >= config_.patience) progress_.stop_reason = "early_stop";
    }
    if (!progress_.stop_reason.empty()) SaveCheckpoint();
  }

  void Step(const Row& row) {
    std::fill(gradients_.begin(), gradients_.end(), 0.0f);
    const auto step = static_cast<std::uint64_t>(progress_.step);
    const CounterRandom dropout(task_.seed, Stream::kDropout, step);
    const double loss = network_.LossAndGradient(
        WithReplacedTokens(row), {static_cast<float>(course_.dropout), dropout.Bits(0)});
    const double rate = rate_.At(progress_.step);
    ++progress_.step;
    if (!std::isfinite(loss)) FailOnLoss(loss);
    optimizer_.Step(weights_, gradients_, progress_.step, rate, stop_point_);
    UpdateAverage();
    progress_.loss_sum += loss;
    ++progress_.loss_steps;
    tokens_ += row.size();
    ++steps_here_;
    if (progress_.step % kStepsPerReport == 0 || progress_.step == total_steps_) Report(rate);
  }

  [[noreturn]] void FailOnLoss(double loss) {
    call_.Metric("loss", loss, progress_.step);
    Fail(AMOOZ_FAILED_PRECONDITION,
         "the loss is not a number at step " + std::to_string(progress_.step) +
             "; lower the learning_rate, or look at the newest examples");
  }

  // The row, with a share of its input tokens (not of its targets) replaced by random ones.
  Row WithReplacedTokens(const Row& row) const {
    Row replaced = row;
    const CounterRandom random(task_.seed, Stream::kReplace,
                               static_cast<std::uint64_t>(progress_.step));
    const auto others = static_cast<std::uint64_t>(task_.model.vocab_size) - 1;  // no end token
    for (std::size_t i = 0; i < replaced.tokens.size(); ++i) {
      if (random.Uniform(2 * i) < config_.replaced_share) {
        replaced.tokens[i] = 1 + static_cast<std::int64_t>(random.Below(2 * i + 1, others));
      }
    }
    return replaced;
  }

  void UpdateAverage() {
    // From nothing, the average follows fast at first: the earliest weights are not worth keeping.
    const auto step = static_cast<double>(progress_.step);
    const double early = task_.is_warm ? 1.0 : (1 + step) / (10 + step);
    const auto keep = static_cast<float>(std::min(course_.average_decay, early));
    for (std::size_t first = 0; first < weights_.size(); first += kFloatsAtOnce) {
      call_.StopPoint();
      const std::size_t end = std::min(weights_.size(), first + kFloatsAtOnce);
      for (std::size_t i = first; i < end; ++i) {
        average_[i] = keep * average_[i] + (1 - keep) * weights_[i];
      }
    }
  }

  // Measures the averaged weights and keeps them if they are the best so far.
  void Validate() {
    double loss = 0;
    std::int64_t targets = 0;
    // The network computes with the memory of weights_, so the values change places, not the
    // vectors.
    std::swap_ranges(weights_.begin(), weights_.end(), average_.begin());
    for (const Row& row : validation_rows_) {
      call_.StopPoint();
      loss += network_.LossSum(row);
      targets += Count(row.targets.size());
    }
    std::swap_ranges(weights_.begin(), weights_.end(), average_.begin());
    if (targets == 0) {
      best_ = average_;
      return;
    }
    loss /= static_cast<double>(targets);
    if (!std::isfinite(loss)) FailOnLoss(loss);
    Tell("validation_loss", loss);
    ++progress_.epochs_without_gain;
    if (loss < progress_.best_loss) {
      best_ = average_;
      progress_.best_loss = loss;
      progress_.best_step = progress_.step;
      progress_.epochs_without_gain = 0;
    }
  }

  // What the training computes, as against what the clock says: a resumed one tells it again.
  void Tell(const char* name, double value) {
    call_.Metric(name, value, progress_.step);
    progress_.told.push_back({name, value, progress_.step});
  }
  void TellProgress() {
    call_.Progress(static_cast<std::uint64_t>(progress_.step),
                   static_cast<std::uint64_t>(total_steps_));
  }

  double Seconds() const { return seconds_before_ + clock_.Seconds(); }
  bool IsOutOfTime() const { return task_.max_seconds > 0 && Seconds() > task_.max_seconds; }

  void Report(double rate) {
    const double seconds = clock_.Seconds(), since = seconds - reported_at_;
    const std::int64_t step = progress_.step;
    Tell("loss", progress_.loss_sum / static_cast<double>(progress_.loss_steps));
    Tell("learning_rate", rate);
    call_.Metric("tokens_per_second", static_cast<double>(tokens_) / std::max(since, 1e-9), step);
    call_.Metric(
        "eta_seconds",
        seconds / static_cast<double>(steps_here_) * static_cast<double>(total_steps_ - step),
        step);
    TellProgress();
    reported_at_ = seconds;
    progress_.loss_sum = 0;
    progress_.loss_steps = 0;
    tokens_ = 0;
  }

  bool IsCheckpointOverdue() const {
    return clock_.Seconds() - saved_at_ >
           std::max(kSecondsPerCheckpoint, kTimesACheckpoint * saving_took_);
  }

  void SaveCheckpoint() {
    const double begin = clock_.Seconds();
    progress_.seconds = Seconds();
    WriteCheckpoint(task_.checkpoint_path, task_.job_digest, progress_, Arrays(), stop_point_);
    saved_at_ = clock_.Seconds();
    saving_took_ = saved_at_ - begin;
  }

  const TrainingTask& task_;
  const TrainingConfig& config_;
  const TrainingConfig::Course& course_;
  const sdk::Call& call_;
  const std::vector<Piece> pieces_, validation_pieces_;
  std::vector<Row> validation_rows_;
  const StopPoint stop_point_;
  std::vector<float> weights_, gradients_, average_, best_;
  AdamW optimizer_;
  Network network_;
  LearningRate rate_;
  std::int64_t total_steps_ = 0;
  Progress progress_;

  // For reports alone: since this process began, or since the last report.
  const Clock clock_;
  double seconds_before_ = 0, reported_at_ = 0;
  double saved_at_ = 0, saving_took_ = 0;
  std::int64_t tokens_ = 0, steps_here_ = 0;
};

}  // namespace

std::vector<float> NewWeights(const ModelConfig& model, std::uint64_t seed,
                              const StopPoint& stop_point) {
  const ParameterLayout layout(model);
  const CounterRandom random(seed, Stream::kInit);
  const double residual = 1.0 / std::sqrt(2.0 * static_cast<double>(model.num_hidden_layers));
  std::vector<float> weights(static_cast<std::size_t>(layout.size()), 1.0f);
  for (const Parameter& parameter : layout.parameters()) {
    if (parameter.shape.size() == 1) continue;
    const bool adds_up =
        parameter.name.ends_with("o_proj.weight") || parameter.name.ends_with("down_proj.weight");
    const double deviation = 0.02 * (adds_up ? residual : 1.0);
    for (std::int64_t i = parameter.offset; i < parameter.offset + parameter.size; ++i) {
      const auto index = static_cast<std::uint64_t>(i);
      if (index % (1 << 20) == 0) stop_point();
      weights[index] = static_cast<float>(deviation * random.Normal(index));
    }
  }
  return weights;
}

TrainingResult Train(const TrainingTask& task, std::vector<float> start, const sdk::Call& call) {
  return Training(task, std::move(start), call).Run();
}

}  // namespace amooz::llama
