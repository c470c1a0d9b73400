#include "greeting.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "amooz/sdk/text/text.h"
#include "pieces.h"

namespace amooz::pattern_variation {
namespace {

using Words = std::span<const std::string_view>;

struct Vocabulary {
  Words salutations;
  Words after_salutation;  // words that may follow one; else only punctuation or the end may
  Words times;
  Words of_time;  // a pair with a word that begins so speaks of the time of the day
};

constexpr std::array<std::string_view, 2> kPersianSalutations = {"سلام", "درود"};
constexpr std::array<std::string_view, 2> kAfterPersianSalutation = {"بر", "و"};
constexpr std::array<std::string_view, 6> kPersianTimes = {"صبح", "ظهر", "عصر", "روز", "وقت", "شب"};
constexpr std::array<std::string_view, 15> kOfPersianTime = {
    "صبح",  "ظهر",   "عصر", "روز",    "شب",   "غروب",  "امروز", "امشب",
    "دیشب", "دیروز", "سحر", "بامداد", "خواب", "ناهار", "شام"};
constexpr std::string_view kNight = "شب";
// «عصر شما هم بخیر»
constexpr std::array<std::string_view, 4> kBeforeWish = {"شما", "تو", "خودت", "هم"};

constexpr std::array<std::string_view, 3> kEnglishSalutations = {"hello", "hi", "hey"};
constexpr std::array<std::string_view, 3> kEnglishTimes = {"morning", "afternoon", "evening"};
constexpr std::array<std::string_view, 16> kOfEnglishTime = {
    "morning", "afternoon", "evening", "night", "day",  "tonight", "yesterday", "breakfast",
    "lunch",   "dinner",    "sleep",   "bed",   "wake", "woke",    "early",     "late"};

constexpr Vocabulary kPersian = {kPersianSalutations, kAfterPersianSalutation, kPersianTimes,
                                 kOfPersianTime};
constexpr Vocabulary kEnglish = {kEnglishSalutations, {}, kEnglishTimes, kOfEnglishTime};

bool IsAny(std::string_view word, Words words) {
  return std::ranges::find(words, word) != words.end();
}
bool BeginsWithAny(std::string_view word, Words stems) {
  return std::ranges::any_of(stems, [word](auto stem) { return word.starts_with(stem); });
}

// A text's words, in lower case, and its pieces. Number i is among the words alone.
struct Text {
  explicit Text(std::string_view text) : pieces(PiecesOf(text)) {
    for (std::size_t p = 0; p < pieces.size(); ++p) {
      if (!pieces[p].is_word) continue;
      words.push_back(text::Lower(pieces[p].text));
      piece_of.push_back(p);
    }
  }
  std::string_view Word(std::size_t i) const {
    return i < words.size() ? std::string_view(words[i]) : std::string_view();
  }
  bool BeginsWithAWord() const { return !pieces.empty() && pieces.front().is_word; }
  // Nothing or punctuation follows word i, so that a saying ends there.
  bool EndsAt(std::size_t i) const {
    const std::size_t next = piece_of[i] + 1;
    return next >= pieces.size() || !text::Strip(pieces[next].text).empty();
  }
  bool IsWrittenPlainly(std::size_t i) const {  // "hello" or "Hello", not "HELLO"
    const std::string_view written = pieces[piece_of[i]].text;
    return written.substr(1) == std::string_view(words[i]).substr(1);
  }
  // With `word` for the words `places`, which ascend.
  std::string With(const std::vector<std::size_t>& places, std::string_view word) const {
    std::string out;
    std::size_t done = 0;
    for (std::size_t p = 0; p < pieces.size(); ++p) {
      if (done == places.size() || piece_of[places[done]] != p) {
        out += pieces[p].text;
        continue;
      }
      ++done;
      const std::size_t first = out.size();
      out += word;
      const char c = pieces[p].text.front();
      if (c >= 'A' && c <= 'Z') out[first] = static_cast<char>(out[first] - 'a' + 'A');
    }
    return out;
  }

  std::vector<Piece> pieces;
  std::vector<std::string> words;
  std::vector<std::size_t> piece_of;
};

// The rest of a wish begins at word i: «بخیر», «به خیر», «شما هم بخیر».
bool IsRestOfWish(const Text& text, std::size_t i) {
  while (IsAny(text.Word(i), kBeforeWish)) ++i;
  const auto is_good = [](std::string_view word) { return word == "خیر" || word == "خير"; };
  return text.Word(i) == "بخیر" || text.Word(i) == "بخير" ||
         (text.Word(i) == "به" && is_good(text.Word(i + 1)));
}

// Word i names the time of the day in a wish: «صبح بخیر», "good morning".
bool IsTimeOfWish(const Text& text, std::size_t i, Language language) {
  if (language == Language::kEnglish) {
    return i > 0 && text.Word(i - 1) == "good" && IsAny(text.Word(i), kEnglishTimes) &&
           text.IsWrittenPlainly(i);
  }
  return IsAny(text.Word(i), kPersianTimes) && IsRestOfWish(text, i + 1);
}

// Word i greets and is no part of another saying.
bool IsSalutation(const Text& text, std::size_t i, const Vocabulary& vocabulary,
                  Language language) {
  if (!IsAny(text.Word(i), vocabulary.salutations) || !text.IsWrittenPlainly(i)) return false;
  if (text.EndsAt(i) || IsAny(text.Word(i + 1), vocabulary.after_salutation)) return true;
  if (language == Language::kEnglish) return text.Word(i + 1) == "there" && text.EndsAt(i + 1);
  return IsTimeOfWish(text, i + 1, language);
}

class Greeting {
 public:
  Greeting(const Pair& pair, Language language)
      : language_(language),
        vocabulary_(language == Language::kPersian ? kPersian : kEnglish),
        instruction_(pair.instruction),
        response_(pair.response) {}

  std::vector<Regreeted> All() {
    if (!instruction_.BeginsWithAWord()) return {};
    SubstituteSalutation();
    SubstituteTime();
    if (language_ == Language::kPersian) SubstituteAddress();
    return std::move(all_);
  }

 private:
  void SubstituteSalutation() {
    if (!IsSalutation(instruction_, 0, vocabulary_, language_)) return;
    const std::string_view from = instruction_.Word(0);
    std::vector<std::size_t> echoes;
    for (std::size_t i = 0; i < response_.words.size(); ++i) {
      if (response_.Word(i) != from) continue;
      if (!IsSalutation(response_, i, vocabulary_, language_)) return;
      echoes.push_back(i);
    }
    for (const std::string_view to : vocabulary_.salutations) {
      if (to != from) Write({0}, echoes, to);
    }
  }

  void SubstituteTime() {
    std::vector<std::size_t> places, echoes;
    for (std::size_t i = 0; i < instruction_.words.size(); ++i) {
      if (IsTimeOfWish(instruction_, i, language_)) {
        places.push_back(i);
      } else if (BeginsWithAny(instruction_.Word(i), vocabulary_.of_time)) {
        return;
      }
    }
    const bool has_salutation = IsAny(instruction_.Word(0), vocabulary_.salutations);
    // «صبح بخیر», «سلام صبح بخیر», «سلام و صبح بخیر», "good morning".
    if (places.size() != 1 || places[0] > (has_salutation ? 2u : 1u)) return;
    const std::string_view from = instruction_.Word(places[0]);
    for (std::size_t i = 0; i < response_.words.size(); ++i) {
      const bool is_wish = IsTimeOfWish(response_, i, language_);
      if (is_wish && response_.Word(i) == from) {
        echoes.push_back(i);
      } else if (BeginsWithAny(response_.Word(i), vocabulary_.of_time)) {
        return;
      }
    }
    if (from == kNight && !has_salutation) return;
    for (const std::string_view to : vocabulary_.times) {
      if (to != from && (to != kNight || has_salutation)) Write(places, echoes, to);
    }
  }

  void SubstituteAddress() {
    const bool is_address = IsAny(instruction_.Word(0), vocabulary_.salutations) &&
                            instruction_.Word(1) == "بر" && instruction_.Word(2) == "تو" &&
                            instruction_.words.size() == 3;
    const auto says = [this](std::string_view word) {
      return std::ranges::find(response_.words, word) != response_.words.end();
    };
    if (is_address && says("شما") && !says("تو")) Write({2}, {}, "شما");
  }

  void Write(const std::vector<std::size_t>& places, const std::vector<std::size_t>& echoes,
             std::string_view word) {
    all_.push_back({{instruction_.With(places, word), response_.With(echoes, word)}, word});
  }

  const Language language_;
  const Vocabulary& vocabulary_;
  const Text instruction_, response_;
  std::vector<Regreeted> all_;
};

}  // namespace

std::vector<Regreeted> SubstituteGreeting(const Pair& pair, Language language) {
  return Greeting(pair, language).All();
}

}  // namespace amooz::pattern_variation
