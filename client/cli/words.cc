#include "client/cli/words.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "client/lib/str_cat.h"
#include "client/lib/time.h"

namespace amooz::client {
namespace {

// CycleState -> CYCLE_STATE_
std::string EnumPrefix(std::string_view type_name) {
  std::string prefix;
  for (const char c : type_name) {
    if (std::isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix.push_back('_');
    prefix.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  }
  return prefix + "_";
}

}  // namespace

std::string EnumWord(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return StrCat(number);
  std::string word = value->name();
  const std::string prefix = EnumPrefix(type.name());
  if (word.starts_with(prefix)) word.erase(0, prefix.size());
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

std::string Count(std::int64_t n) {
  std::string digits = std::to_string(n);
  const std::size_t first = n < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > first + 3;) {
    i -= 3;
    digits.insert(i, 1, ',');
  }
  return digits;
}

std::string Counted(std::int64_t n, std::string_view noun) {
  return StrCat(Count(n), " ", noun, n == 1 ? "" : "s");
}

std::string Fixed(double value, int digits) {
  std::array<char, 64> text = {};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  if (length < 0 || length >= static_cast<int>(text.size())) return "very large";
  return text.data();
}

std::string Signed(std::int64_t n) {
  return StrCat(n > 0 ? "+" : n < 0 ? "−" : "", Count(n < 0 ? -n : n));
}

std::string SignedPercent(double percent) {
  const std::string digits = Fixed(std::abs(percent), 1);
  const bool is_zero = digits == "0.0";
  return StrCat(is_zero ? "" : percent < 0 ? "−" : "+", digits, " %");
}

std::string Bytes(std::uint64_t n) {
  constexpr std::array kUnits = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(n);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return StrCat(unit == 0 ? std::to_string(n) : Fixed(value, 1), " ", kUnits[unit]);
}

std::string ShortDigest(std::string_view digest) {
  return digest.empty() ? "-" : std::string(digest.substr(0, 12));
}

std::string ShortProducer(std::string_view producer) {
  constexpr std::string_view kFile = "file:";
  if (!producer.starts_with(kFile)) return std::string(producer);
  return StrCat(kFile, ShortDigest(producer.substr(kFile.size())));
}

std::string Span(absl::Duration duration) {
  const std::int64_t seconds = absl::ToInt64Seconds(absl::AbsDuration(duration));
  const std::int64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  const auto two = [](std::int64_t a, std::string_view a_unit, std::int64_t b,
                      std::string_view b_unit) {
    return b == 0 ? StrCat(a, a_unit) : StrCat(a, a_unit, " ", b, b_unit);
  };
  if (days > 0) return two(days, " d", hours % 24, " h");
  if (hours > 0) return two(hours, " h", minutes % 60, " min");
  if (minutes > 0) return two(minutes, " min", seconds % 60, " s");
  return StrCat(seconds, " s");
}

std::string Ago(absl::Time time, absl::Time now) {
  if (time > now) return "in " + Span(time - now);
  return Span(now - time) + " ago";
}

std::string LocalTime(const google::protobuf::Timestamp& time) {
  return absl::FormatTime("%E4Y-%m-%d %H:%M:%S", ToTime(time), absl::LocalTimeZone());
}

std::string ShortTimeOr(bool is_set, const google::protobuf::Timestamp& time) {
  if (!is_set) return "-";
  return absl::FormatTime("%E4Y-%m-%d %H:%M", ToTime(time), absl::LocalTimeZone());
}

std::string LocalTimeOr(bool is_set, const google::protobuf::Timestamp& time) {
  return is_set ? LocalTime(time) : "-";
}

absl::StatusOr<absl::Duration> ReadSpan(std::string_view text) {
  const absl::Status refusal = absl::InvalidArgumentError(
      StrCat("\"", text, "\" is no span of time; write it as 90s, 30m, 1h30m or 2d"));
  std::string rest(text);
  absl::Duration days;
  if (const auto d = rest.find('d'); d != std::string::npos && d > 0 && d < 6) {
    const bool is_number = std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(d),
                                       [](unsigned char c) { return std::isdigit(c) != 0; });
    if (!is_number) return refusal;
    days = absl::Hours(24 * std::stoi(rest.substr(0, d)));
    rest.erase(0, d + 1);
    if (rest.empty()) return days;
  }
  absl::Duration duration;
  if (!absl::ParseDuration(rest, &duration) || duration < absl::ZeroDuration() ||
      duration == absl::InfiniteDuration()) {
    return refusal;
  }
  return days + duration;
}

}  // namespace amooz::client
