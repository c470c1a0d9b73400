#include <gtest/gtest.h>
#include <unicode/uchar.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sdk/text/text.h"
#include "sdk/text/utf8.h"

namespace amooz::text {
namespace {

using Words = std::vector<std::string>;

TEST(NormalizePersian, WritesLettersAndDigitsTheOneWay) {
  EXPECT_EQ(NormalizePersian("كتاب علي موسى ٤۴"), "کتاب علی موسی 44");
}

TEST(NormalizePersian, RemovesDiacriticsAndTatweel) {
  EXPECT_EQ(NormalizePersian("سَلامٌ دوســت مُحمَّد"), "سلام دوست محمد");
  EXPECT_EQ(NormalizePersian("خانهٔ خانۀ"), "خانه خانه");
}

TEST(NormalizePersian, JoinsAMarkThatMakesAnotherLetter) {
  EXPECT_EQ(NormalizePersian("ا\u0653ب مسي\u0654ول مو\u0654من را\u0654ي"), "آب مسئول مؤمن رأی");
}

TEST(NormalizePersian, LeavesZwnjCaseAndOtherScripts) {
  EXPECT_EQ(NormalizePersian("می‌روم Café Σ 🙂"), "می‌روم Café Σ 🙂");
  EXPECT_EQ(NormalizePersian(""), "");
  EXPECT_EQ(NormalizePersian("َُ"), "");
}

TEST(NormalizeForPhrases, HidesZwnjCaseAndTheCurlyApostrophe) {
  EXPECT_EQ(NormalizeForPhrases("دعا مي‌كنم"), "دعا میکنم");
  EXPECT_EQ(NormalizeForPhrases("I’m Here"), "i'm here");
}

TEST(FoldForPhrases, IsTheRestOfNormalizeForPhrases) {
  for (const char* text : {"دعا مي‌كنم", "آ\u0640\u0653ن خانۀ ٣", "I’m  HERE\u00A0۱۲",
                           "İ\u0640\u0654ا", ""}) {
    const std::string normal = Lower(NormalizePersian(text));
    EXPECT_EQ(NormalizePersian(normal), normal) << text;
    EXPECT_EQ(FoldForPhrases(normal), NormalizeForPhrases(normal)) << text;
    EXPECT_EQ(FoldForPhrases(normal), NormalizeForPhrases(text)) << text;
  }
}

TEST(NormalizeForPhrases, MakesWhiteSpaceOneSpaceAndDropsWhatIsInvisible) {
  EXPECT_EQ(NormalizeForPhrases("I'm\u00A0here"), "i'm here");
  EXPECT_EQ(NormalizeForPhrases("من \t\n\u3000این\u00ADجام\u200F"), "من اینجام");
  EXPECT_EQ(NormalizeForPhrases(" "), " ");
}

TEST(CountVisible, LeavesOutWhatTakesNoPlace) {
  EXPECT_EQ(CountVisible("می\u200Cروم\u200F 🙂\uFE0F"), 7u);
  EXPECT_EQ(CountVisible("\u200C\u200D\u200E\u2060\uFEFF\u00AD"), 0u);
  EXPECT_EQ(CountVisible(""), 0u);
}

TEST(StripClosing, StopsAtTheSentence) {
  EXPECT_EQ(StripClosing("«خوب.» \u200F"), "«خوب.");
  EXPECT_EQ(StripClosing("(well.)\u201D\"'"), "(well.");
  EXPECT_EQ(StripClosing("well"), "well");
  EXPECT_EQ(StripClosing("»\u200C"), "");
  EXPECT_EQ(StripClosing(""), "");
}

TEST(StripPunctuation, AgreesWithUnicodeOnEveryCodePointOfTheArabicBlock) {
  constexpr std::uint32_t kOutside = U_GC_P_MASK | U_GC_S_MASK | U_GC_CF_MASK;
  for (char32_t c = 0x0600; c < 0x0700; ++c) {
    std::string letter;
    utf8::Append(c, &letter);
    const bool is_outside = (U_GET_GC_MASK(static_cast<UChar32>(c)) & kOutside) != 0;
    EXPECT_EQ(StripPunctuation(letter).empty(), is_outside) << std::hex << std::uint32_t{c};
  }
}

TEST(NormalizedWords, StripsPunctuationFromBothEndsOnly) {
  EXPECT_EQ(NormalizedWords("«سلام»، دوستِ من! — don't 🙂️ (می‌روم)…"),
            (Words{"سلام", "دوست", "من", "don't", "می‌روم"}));
  EXPECT_EQ(NormalizedWords(" !؟ … "), Words{});
  EXPECT_EQ(NormalizedWords("\u200Fسلام\u200C The"), (Words{"سلام", "the"}));
}

// docs/rules.md rule 15.
TEST(SplitKeyText, EqualForTextsThatSayTheSame) {
  EXPECT_EQ(SplitKeyText("خانهٔ   علي، می‌رَوَم ۱۲!"), "خانه علی میروم 12");
  EXPECT_EQ(SplitKeyText("خانة علی میروم 12"), "خانه علی میروم 12");
  EXPECT_EQ(SplitKeyText(" Straße\xC2\xA0ＡＢ１٢"), "strasse ab12");
  EXPECT_EQ(SplitKeyText("well-known - thing"), "wellknown thing");
  EXPECT_EQ(SplitKeyText("ﻼ ﷲ"), SplitKeyText("لا الله"));
}

TEST(SplitKeyText, IsTheRawTextWhereNothingIsLeft) {
  EXPECT_EQ(SplitKeyText("...؟"), "...؟");
  EXPECT_EQ(SplitKeyText(""), "");
}

TEST(SplitKeyText, IsItsOwnKey) {
  for (const char* text :
       {"خانهٔ علي می‌رَوَم ۱۲!", "Σοφός ΟΔΟΣ", "a  b\u2028c", "ﻼ"}) {
    const std::string key = SplitKeyText(text);
    EXPECT_EQ(SplitKeyText(key), key) << text;
  }
}

}  // namespace
}  // namespace amooz::text
