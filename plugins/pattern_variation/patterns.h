// What an instruction is about: the families of patterns that this generator knows.
#ifndef AMOOZ_PLUGINS_PATTERN_VARIATION_PATTERNS_H_
#define AMOOZ_PLUGINS_PATTERN_VARIATION_PATTERNS_H_

#include <array>
#include <optional>
#include <string_view>

#include "pair.h"

namespace amooz::pattern_variation {

enum class Family { kGreeting, kAfterlife, kEmotion, kMemory };
inline constexpr std::array kFamilies = {Family::kGreeting, Family::kAfterlife, Family::kEmotion,
                                         Family::kMemory};
// "greeting", "afterlife", "emotion", "memory": the words of the configuration.
std::string_view FamilyName(Family family);

// Persian if it has a letter of the Arabic script, English if it has only Latin ones; none without
// letters.
std::optional<Language> LanguageOf(std::string_view text);

// The family of a short instruction that greets, or speaks of someone of the speaker's own («پدرم»,
// "my father"); none for anything else: there is nobody in it whose place another could take. Where
// two would do, the more telling wins: greeting, afterlife, memory, emotion.
std::optional<Family> FamilyOf(std::string_view instruction, Language language);

}  // namespace amooz::pattern_variation

#endif  // AMOOZ_PLUGINS_PATTERN_VARIATION_PATTERNS_H_
