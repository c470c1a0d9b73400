#include "client/cli/display_width.h"

#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "client/lib/code_points.h"
#include "sdk/base/utf8.h"

namespace amooz::client {
namespace {

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

int CodePointWidth(UChar32 c) {
  switch (u_charType(c)) {
    case U_NON_SPACING_MARK:
    case U_ENCLOSING_MARK:
    case U_FORMAT_CHAR:
    case U_CONTROL_CHAR:
      return 0;
    default:
      break;
  }
  const int east_asian = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
  const bool is_wide = east_asian == U_EA_FULLWIDTH || east_asian == U_EA_WIDE ||
                       u_hasBinaryProperty(c, UCHAR_EMOJI_PRESENTATION);
  return is_wide ? 2 : 1;
}

// Of one character. No terminal gives one more than two columns, whatever it is joined from.
int ClusterWidth(std::string_view cluster) {
  int width = 0;
  bool has_emoji_selector = false;
  while (!cluster.empty()) {
    std::size_t length = 0;
    const auto c = static_cast<UChar32>(FirstCodePoint(cluster, &length));
    cluster.remove_prefix(length);
    width += CodePointWidth(c);
    has_emoji_selector = has_emoji_selector || c == 0xFE0F;
  }
  return has_emoji_selector ? 2 : std::min(width, 2);
}

// Calls visit(character) for each; stops when it returns false.
template <typename Visit>
void VisitCharacters(std::string_view text, const Visit& visit) {
  UErrorCode error = U_ZERO_ERROR;
  UText source = UTEXT_INITIALIZER;
  utext_openUTF8(&source, text.data(), static_cast<std::int64_t>(text.size()), &error);
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), error));
  if (U_SUCCESS(error)) breaks->setText(&source, error);
  if (U_SUCCESS(error)) {
    std::int32_t start = breaks->first();
    for (std::int32_t end = breaks->next(); end != icu::BreakIterator::DONE; end = breaks->next()) {
      const auto length = static_cast<std::size_t>(end - start);
      if (!visit(text.substr(static_cast<std::size_t>(start), length))) break;
      start = end;
    }
  }
  utext_close(&source);
}

bool IsDirectionOverride(UChar32 c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string Printable(std::string_view text, bool keep_breaks) {
  const std::string valid = ToUtf8(text);
  std::string printable;
  printable.reserve(valid.size());
  std::string_view rest = valid;
  while (!rest.empty()) {
    std::size_t length = 0;
    const auto c = static_cast<UChar32>(FirstCodePoint(rest, &length));
    const std::string_view character = rest.substr(0, length);
    rest.remove_prefix(length);
    const bool is_break = c == '\n' || c == '\t' || c == '\r' || c == 0x2028 || c == 0x2029;
    if (is_break) {
      printable.push_back(!keep_breaks ? ' ' : c == '\t' ? '\t' : c == '\r' ? ' ' : '\n');
    } else if (u_charType(c) == U_CONTROL_CHAR) {
      printable.append("\uFFFD");
    } else if (!IsDirectionOverride(c)) {
      printable.append(character);
    }
  }
  return printable;
}

}  // namespace

int DisplayWidth(std::string_view text) {
  if (IsAscii(text)) return static_cast<int>(text.size());
  int width = 0;
  VisitCharacters(text, [&](std::string_view character) {
    width += ClusterWidth(character);
    return true;
  });
  return width;
}

std::string TruncateToWidth(std::string_view text, int max_columns) {
  if (DisplayWidth(text) <= max_columns) return std::string(text);
  std::size_t bytes = 0;
  int width = 0;
  VisitCharacters(text, [&](std::string_view character) {
    const int wider = width + ClusterWidth(character);
    if (wider > max_columns - 1) return false;
    width = wider;
    bytes += character.size();
    return true;
  });
  return std::string(text.substr(0, bytes)) + "…";
}

std::string WrapToWidth(std::string_view text, int max_columns, int indent) {
  std::string next_line = "\n";
  next_line.append(static_cast<std::size_t>(indent), ' ');
  std::string lines;
  int width = 0;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find_first_of(" \n"));
    const bool ends_line = word.size() < text.size() && text[word.size()] == '\n';
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const int word_width = DisplayWidth(word);
    if (width > 0 && max_columns > 0 && width + 1 + word_width > max_columns) {
      lines += next_line;
      width = 0;
    }
    if (width > 0) lines.push_back(' ');
    width += word_width + (width > 0 ? 1 : 0);
    lines.append(word);
    if (ends_line) {
      lines += next_line;
      width = 0;
    }
  }
  return lines;
}

std::string KeptInPlace(std::string_view text) {
  constexpr std::string_view kLeftMark = "\u200E", kRightMark = "\u200F";
  bool has_right = false, has_strong = false, begins_right = false;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::size_t length = 0;
    const auto direction = u_charDirection(static_cast<UChar32>(FirstCodePoint(rest, &length)));
    rest.remove_prefix(length);
    const bool is_right = direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
    has_right = has_right || is_right;
    if (!has_strong && (is_right || direction == U_LEFT_TO_RIGHT)) {
      has_strong = true;
      begins_right = is_right;
    }
  }
  if (!has_right) return std::string(text);
  // A mark of the text's own direction at its ends takes the punctuation there with it.
  const std::string_view own = begins_right ? kRightMark : kLeftMark;
  std::string kept(kLeftMark);
  kept.append(own).append(text).append(own).append(kLeftMark);
  return kept;
}

std::string PrintableLine(std::string_view text) { return Printable(text, false); }
std::string PrintableText(std::string_view text) { return Printable(text, true); }

}  // namespace amooz::client
