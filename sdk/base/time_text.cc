#include "sdk/base/time_text.h"

#include <chrono>
#include <cstdio>
#include <optional>

namespace amooz {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kYear1Us = -62'135'596'800 * kMicrosPerSecond;
constexpr std::int64_t kYear10000Us = 253'402'300'800 * kMicrosPerSecond;

// Reads from the front of a text; any failure sticks.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // Exactly `n` digits, at most `max`.
  int Number(std::size_t n, int max) {
    int value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (rest_.empty() || !IsDigit(rest_.front())) return Fail();
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value > max ? Fail() : value;
  }
  // One of `any`, consumed.
  void Expect(std::string_view any) {
    if (!Accept(any)) Fail();
  }
  bool Accept(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // ".123" or ",123" as microseconds; 0 if there is no fraction.
  std::int64_t Fraction() {
    if (!Accept(".,")) return 0;
    if (rest_.empty() || !IsDigit(rest_.front())) return Fail();
    std::int64_t micros = 0;
    for (std::int64_t unit = kMicrosPerSecond / 10; !rest_.empty() && IsDigit(rest_.front());
         unit /= 10) {
      micros += (rest_.front() - '0') * unit;
      rest_.remove_prefix(1);
    }
    return micros;
  }
  bool starts_with(char c) const { return !rest_.empty() && rest_.front() == c; }
  bool at_end() const { return rest_.empty(); }
  bool ok() const { return is_ok_; }

 private:
  static bool IsDigit(char c) { return c >= '0' && c <= '9'; }
  int Fail() {
    is_ok_ = false;
    return 0;
  }
  std::string_view rest_;
  bool is_ok_ = true;
};

// Of the zone at the reader, to be subtracted from local time.
std::int64_t ZoneMicros(Reader* reader) {
  if (reader->at_end() || reader->Accept("Zz")) return 0;
  const bool is_west = reader->starts_with('-');
  reader->Expect("+-");
  std::int64_t seconds = reader->Number(2, 23) * 3600;
  reader->Expect(":");
  seconds += reader->Number(2, 59) * 60;
  std::int64_t micros = 0;
  if (reader->Accept(":")) {  // Python only
    seconds += reader->Number(2, 59);
    micros = reader->Fraction();
  }
  micros += seconds * kMicrosPerSecond;
  return is_west ? -micros : micros;
}

std::optional<std::int64_t> TryParse(std::string_view text) {
  Reader reader(text);
  const int year = reader.Number(4, 9999);
  reader.Expect("-");
  const int month = reader.Number(2, 12);
  reader.Expect("-");
  const int day = reader.Number(2, 31);
  reader.Expect("Tt ");
  std::int64_t seconds = reader.Number(2, 23) * 3600;
  reader.Expect(":");
  seconds += reader.Number(2, 59) * 60;
  reader.Expect(":");
  seconds += reader.Number(2, 60);
  std::int64_t micros = reader.Fraction();
  micros -= ZoneMicros(&reader);
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!reader.ok() || !reader.at_end() || year < 1 || !date.ok()) return std::nullopt;
  const std::int64_t days_since_epoch = sys_days(date).time_since_epoch().count();
  const std::int64_t time_us = (days_since_epoch * 86400 + seconds) * kMicrosPerSecond + micros;
  // The zone may have carried it out of the years that can be written down.
  if (time_us < kYear1Us || time_us >= kYear10000Us) return std::nullopt;
  return time_us;
}

}  // namespace

Result<std::int64_t> ParseTime(std::string_view text) {
  const std::optional<std::int64_t> time_us = TryParse(text);
  if (!time_us) {
    return Status(
        Code::kInvalidArgument,
        "not a time: use RFC 3339, such as 2024-01-31T12:00:00Z, or Python's isoformat()");
  }
  return *time_us;
}

std::string FormatTime(std::int64_t time_us) {
  const auto time = std::chrono::sys_time<microseconds>(microseconds(time_us));
  const auto day = std::chrono::floor<days>(time);
  const year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  int size = std::snprintf(
      text, sizeof(text), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  if (clock.subseconds().count() != 0) {
    size += std::snprintf(text + size, sizeof(text) - static_cast<std::size_t>(size), ".%06d",
                          static_cast<int>(clock.subseconds().count()));
  }
  return std::string(text, static_cast<std::size_t>(size)) + "Z";
}

}  // namespace amooz
