#include "relations.h"

#include <array>

namespace amooz::pattern_variation {
namespace {

constexpr std::array kPersian = {
    Relation{"پدر", "پدرم", "پدرت", "پدرش", Circle::kElderMan, true},
    Relation{"مادر", "مادرم", "مادرت", "مادرش", Circle::kElderWoman, true},
    Relation{"برادر", "برادرم", "برادرت", "برادرش", Circle::kPeer, true},
    Relation{"خواهر", "خواهرم", "خواهرت", "خواهرش", Circle::kPeer, true},
    Relation{"همسر", "همسرم", "همسرت", "همسرش", Circle::kOwn, true},
    Relation{"فرزند", "فرزندم", "فرزندت", "فرزندش", Circle::kOwn, true},
    Relation{"پدربزرگ", "پدربزرگم", "پدربزرگت", "پدربزرگش", Circle::kElderMan, true},
    Relation{"مادربزرگ", "مادربزرگم", "مادربزرگت", "مادربزرگش", Circle::kElderWoman, true},
    Relation{"دوست", "دوستم", "دوستت", "دوستش", Circle::kPeer, true},
    Relation{"عمو", "عمویم", "عمویت", "عمویش", Circle::kElderMan, false},
    Relation{"دایی", "دایی‌ام", "دایی‌ات", "دایی‌اش", Circle::kElderMan,
             false},
    Relation{"خاله", "خاله‌ام", "خاله‌ات", "خاله‌اش", Circle::kElderWoman,
             false},
    Relation{"عمه", "عمه‌ام", "عمه‌ات", "عمه‌اش", Circle::kElderWoman, false},
};

constexpr std::array kEnglish = {
    Relation{"father", "my father", "your father", "", Circle::kElderMan, true},
    Relation{"mother", "my mother", "your mother", "", Circle::kElderWoman, true},
    Relation{"brother", "my brother", "your brother", "", Circle::kPeer, true},
    Relation{"sister", "my sister", "your sister", "", Circle::kPeer, true},
    Relation{"husband", "my husband", "your husband", "", Circle::kOwn, true},
    Relation{"wife", "my wife", "your wife", "", Circle::kOwn, true},
    Relation{"grandfather", "my grandfather", "your grandfather", "", Circle::kElderMan, true},
    Relation{"grandmother", "my grandmother", "your grandmother", "", Circle::kElderWoman, true},
    Relation{"friend", "my friend", "your friend", "", Circle::kPeer, true},
    Relation{"uncle", "my uncle", "your uncle", "", Circle::kElderMan, false},
    Relation{"aunt", "my aunt", "your aunt", "", Circle::kElderWoman, false},
};

}  // namespace

std::span<const Relation> RelationsOf(Language language) {
  if (language == Language::kPersian) return kPersian;
  return kEnglish;
}

}  // namespace amooz::pattern_variation
