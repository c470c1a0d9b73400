#include "patterns.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <vector>

#include "amooz/sdk/text/text.h"
#include "relations.h"

namespace amooz::pattern_variation {
namespace {

// A person who says how it is with them says it shortly; longer texts are quoted or taught.
constexpr std::size_t kMaxCodePoints = 90;

using Phrases = std::initializer_list<std::string_view>;

// Phrases are written as NormalizeForPhrases writes them: no ZWNJ, lower case. They match from the
// start of a word, so that an ending may follow.
bool StartsWith(std::string_view text, const Phrases& phrases) {
  return std::ranges::any_of(phrases, [text](std::string_view p) { return text.starts_with(p); });
}
bool Contains(std::string_view text, const Phrases& phrases) {
  return std::ranges::any_of(phrases, [text](std::string_view p) {
    for (std::size_t at = text.find(p); at != std::string_view::npos; at = text.find(p, at + 1)) {
      if (at == 0 || text[at - 1] == ' ') return true;
    }
    return false;
  });
}

// Someone of the speaker's own: «پدرم», "my father"; or spoken to: «پدر کجایی؟».
bool SpeaksOfOwnRelation(std::string_view text, Language language) {
  return std::ranges::any_of(RelationsOf(language), [text](const Relation& relation) {
    const std::string my = text::NormalizeForPhrases(relation.my);
    if (Contains(text, {my})) return true;
    if (!text.starts_with(relation.bare)) return false;
    return StartsWith(text.substr(relation.bare.size()), {"،", ",", " کجا"});
  });
}

std::optional<Family> PersianFamily(std::string_view text) {
  if (StartsWith(text, {"سلام", "درود", "صبح بخیر", "شب بخیر", "عصر بخیر", "ظهر بخیر", "روز بخیر",
                        "وقت بخیر"})) {
    return Family::kGreeting;
  }
  if (Contains(text, {"بهشت", "اون دنیا", "آن دنیا", "مزار", "توی قبر", "شادی روح", "مردهها",
                      "کجایی", "کجا هستی", "جات خوبه", "جایت خوب", "اونجا", "آنجا"})) {
    return Family::kAfterlife;
  }
  if (Contains(text, {"یادم", "یادش", "یاد بابا", "یاد مامان", "خاطره", "عکس قدیمی", "بوی"})) {
    return Family::kMemory;
  }
  if (Contains(text,
               {"دلم", "دلتنگ", "تنهام", "تنهایی", "میترسم", "ناراحتم", "غمگینم", "گریه",
                "حس میکنم", "احساس", "خوشحالم", "عصبانیام", "دلخور", "از دست دادم", "نگرانم"})) {
    return Family::kEmotion;
  }
  if (Contains(text, {"بود", "داشت", "گفت", "میگفت", "میکرد", "میزد", "میخوند", "میبافت", "میخندید",
                      "میآورد", "یادمه", "هنوز"})) {
    return Family::kMemory;
  }
  return std::nullopt;
}

std::optional<Family> EnglishFamily(std::string_view text) {
  if (StartsWith(
          text, {"hello", "hi ", "hi,", "hey", "good morning", "good evening", "good afternoon"})) {
    return Family::kGreeting;
  }
  if (Contains(text, {"heaven", "afterlife", "the grave", "when we die", "after death",
                      "where are you", "up there"})) {
    return Family::kAfterlife;
  }
  if (Contains(text, {"remember", "memories", "memory of", "memorial", "old photo", "his photo",
                      "her photo", "voicemail", "taught me"})) {
    return Family::kMemory;
  }
  if (Contains(text, {"i miss", "i feel", "lonely", "i'm so angry", "i'm scared", "i cry", "cried",
                      "i'm sad", "grief", "i regret", "i felt"})) {
    return Family::kEmotion;
  }
  if (Contains(text, {"was ", "used to", "always ", "had ", "never ", "knitted", "built", "gave",
                      "told", "said"})) {
    return Family::kMemory;
  }
  return std::nullopt;
}

}  // namespace

std::string_view FamilyName(Family family) {
  switch (family) {
    case Family::kGreeting:
      return "greeting";
    case Family::kAfterlife:
      return "afterlife";
    case Family::kEmotion:
      return "emotion";
    default:
      return "memory";
  }
}

std::optional<Language> LanguageOf(std::string_view text) {
  // The lead bytes of U+0600..U+06FF; no other code point begins with them.
  if (std::ranges::any_of(text, [](char c) { return c >= '\xD8' && c <= '\xDB'; })) {
    return Language::kPersian;
  }
  const auto is_latin = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (std::ranges::any_of(text, is_latin)) return Language::kEnglish;
  return std::nullopt;
}

std::optional<Family> FamilyOf(std::string_view instruction, Language language) {
  if (text::CountCodePoints(instruction) > kMaxCodePoints) return std::nullopt;
  const std::string text = text::NormalizeForPhrases(text::Strip(instruction));
  const std::optional<Family> family =
      language == Language::kPersian ? PersianFamily(text) : EnglishFamily(text);
  if (!family || *family == Family::kGreeting) return family;
  return SpeaksOfOwnRelation(text, language) ? family : std::nullopt;
}

}  // namespace amooz::pattern_variation
