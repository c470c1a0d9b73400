#include "substitute.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "amooz/sdk/text/text.h"
#include "pieces.h"

namespace amooz::pattern_variation {
namespace {

// Persons that are no slot; a text that speaks of one of them speaks of two persons. Persian words
// match with any ending, English ones as they are, in the plural and with 's.
constexpr std::array<std::string_view, 13> kOtherPersons = {"بابا",   "مامان", "ننه",  "زنم", "زنت",
                                                            "شوهر",   "پسر",   "دختر", "بچه", "نوه",
                                                            "والدین", "عروس",  "داماد"};
constexpr std::array<std::string_view, 14> kOtherPersonsInEnglish = {
    "mum", "mom",      "dad",   "gran", "grandma", "grandpa", "parent",
    "son", "daughter", "child", "baby", "niece",   "nephew",  "cousin"};
// Where these are, the words were chosen for one person in one hour.
constexpr std::array<std::string_view, 10> kDanger = {"خودکشی",   "آسیب",    "اورژانس", "طلاق",
                                                      "suicid",   "harm",    "crisis",  "emergency",
                                                      "dementia", "hospital"};
// An age fits one generation.
constexpr std::array<std::string_view, 3> kAges = {"سالش", "سالگی", "ساله"};
// Words that tell the gender; a person of one's own age may then not be another.
constexpr std::array<std::string_view, 24> kGendered = {
    "روسری", "چادر",    "ریش",   "سبیل",   "آقا", "خانم", "مرد",     "زن",
    "دامن",  "گوشواره", "دوقلو", "دوقلوم", "he",  "him",  "his",     "she",
    "her",   "hers",    "man",   "woman",  "boy", "girl", "himself", "herself"};

// What is said of anybody: who is missed, lost, dreamt of. Then every person may take the place, if
// the text is short and nothing in it tells a gender.
constexpr std::array<std::string_view, 7> kLonging = {"تنگ",  "دلتنگ", "دلتنگم", "خواب",
                                                      "miss", "lost",  "dreamed"};
constexpr std::size_t kMostWordsOfAnybody = 8;
// After these a person is greeted, not spoken of.
constexpr std::array<std::string_view, 7> kSalutations = {"سلام", "درود", "بخیر", "hello",
                                                          "hi",   "hey",  "dear"};

bool IsOtherPerson(std::string_view word) {
  return std::ranges::any_of(kOtherPersons, [word](auto stem) { return word.starts_with(stem); }) ||
         std::ranges::any_of(kOtherPersonsInEnglish, [word](auto stem) {
           if (!word.starts_with(stem)) return false;
           const std::string_view ending = word.substr(stem.size());
           return ending.empty() || ending == "s" || ending == "'s";
         });
}
bool IsDanger(std::string_view word) {
  return std::ranges::any_of(kDanger, [word](auto stem) { return word.starts_with(stem); });
}
bool IsAny(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

enum class Form { kNone, kBare, kMy, kYour, kTheir, kBareOwner, kUnknown };

// How `word` (lower case) holds `relation`.
Form FormIn(std::string_view word, const Relation& relation, Language language) {
  if (word == relation.bare) return Form::kBare;
  if (language == Language::kPersian) {
    if (word == relation.my) return Form::kMy;
    if (word == relation.your) return Form::kYour;
    if (word == relation.their) return Form::kTheir;
  } else if (word.starts_with(relation.bare) && word.substr(relation.bare.size()) == "'s") {
    return Form::kBareOwner;
  }
  return word.find(relation.bare) != std::string_view::npos ? Form::kUnknown : Form::kNone;
}

struct Mentions {
  const Relation* relation = nullptr;  // the one that all of the text speaks of
  bool is_own = false;                 // said as the speaker's own
  bool is_ambiguous = false;           // no substitution is safe
  bool has_gender = false;
  bool has_bare = false;     // Persian: a form that an ezafe may follow
  bool has_article = false;  // English: "a" or "an" before it
  bool is_greeted = false;   // «سلام پدر»
  bool has_longing = false;
  std::size_t words = 0;  // of the instruction
};

bool FitsAnybody(const Mentions& mentions) {
  return (mentions.is_greeted || mentions.has_longing) && !mentions.has_gender &&
         mentions.words <= kMostWordsOfAnybody;
}

struct Mention {
  const Relation* relation;
  Form form;
};

// The relation in `word`; one that is only a part of the word has the form kUnknown.
std::optional<Mention> MentionIn(std::string_view word, Language language) {
  std::optional<Mention> part;
  for (const Relation& relation : RelationsOf(language)) {
    const Form form = FormIn(word, relation, language);
    if (form == Form::kUnknown) {
      part = Mention{&relation, form};
    } else if (form != Form::kNone) {
      return Mention{&relation, form};
    }
  }
  return part;
}

// «دوست» is also half of the verb «دوست داشتن» and of «دوست‌داشتنی».
bool IsFriend(const Relation& relation) { return relation.bare == "دوست"; }

void Note(const Mention& mention, std::string_view previous, bool is_called, Language language,
          Mentions* mentions) {
  if (mentions->relation != nullptr && mentions->relation != mention.relation) {
    if (!IsFriend(*mention.relation)) mentions->is_ambiguous = true;
    return;
  }
  mentions->relation = mention.relation;
  const bool is_bare = mention.form == Form::kBare;
  if (mention.form == Form::kUnknown) mentions->is_ambiguous = true;
  if (mention.form == Form::kMy || previous == "my") mentions->is_own = true;
  if (is_called) {
    mentions->is_own = mentions->is_greeted = true;
    if (IsFriend(*mention.relation)) mentions->is_ambiguous = true;  // anybody may be called so
  }
  if (language == Language::kPersian) {
    if (is_bare) mentions->has_bare = true;
    if (is_bare && (previous == "روز" || IsFriend(*mention.relation)))
      mentions->is_ambiguous = true;
  } else if (previous == "a" || previous == "an") {
    mentions->has_article = true;
  }
}

// «پدر، خوبی؟», «پدر کجایی؟»: what begins with a person and goes on so speaks to that person.
bool IsCallFollowedBy(const std::vector<Piece>& pieces, std::size_t at) {
  if (at + 1 >= pieces.size()) return false;
  const std::string_view gap = pieces[at + 1].text;
  const bool has_comma = gap.find(',') != gap.npos || gap.find("،") != gap.npos;
  return has_comma || (at + 2 < pieces.size() && pieces[at + 2].text.starts_with("کجا"));
}

void Read(const std::vector<Piece>& pieces, Language language, Mentions* mentions) {
  std::string previous;
  for (std::size_t at = 0; at < pieces.size(); ++at) {
    const Piece& piece = pieces[at];
    if (!piece.is_word) continue;
    const std::string word = text::Lower(piece.text);
    if (IsOtherPerson(word) || IsDanger(word) || IsAny(word, kAges)) mentions->is_ambiguous = true;
    if (IsAny(word, kGendered)) mentions->has_gender = true;
    if (IsAny(word, kLonging)) mentions->has_longing = true;
    const std::optional<Mention> before = MentionIn(previous, language);
    const bool is_verb = before && IsFriend(*before->relation) && word.starts_with("دا");
    const bool is_feast = before && before->form == Form::kBareOwner && word == "day";
    if ((is_verb && before->relation == mentions->relation) || is_feast) {
      mentions->is_ambiguous = true;
    }
    if (const std::optional<Mention> mention = MentionIn(word, language)) {
      const bool is_called =
          IsAny(previous, kSalutations) ||
          (previous.empty() && mention->form == Form::kBare && IsCallFollowedBy(pieces, at));
      Note(*mention, previous, is_called, language, mentions);
    }
    previous = word;
  }
}

bool MayStandFor(const Relation& to, const Relation& from, const Mentions& mentions,
                 Language language) {
  if (&to == &from) return false;
  const bool is_of_circle = to.circle == from.circle && from.circle != Circle::kOwn;
  if (!is_of_circle && !FitsAnybody(mentions)) return false;
  if (from.circle == Circle::kPeer && mentions.has_gender) return false;
  if (mentions.is_greeted && (IsFriend(to) || to.bare == "friend")) return false;
  if (language == Language::kPersian) return to.is_plain || !mentions.has_bare;
  return to.is_plain == from.is_plain || !mentions.has_article;
}

std::string Write(const std::vector<Piece>& pieces, const Relation& from, const Relation& to,
                  Language language) {
  std::string out;
  for (const Piece& piece : pieces) {
    const std::string word = piece.is_word ? text::Lower(piece.text) : std::string();
    switch (piece.is_word ? FormIn(word, from, language) : Form::kNone) {
      case Form::kBare:
      case Form::kBareOwner: {
        std::string bare(to.bare);
        if (word != piece.text) bare[0] = static_cast<char>(bare[0] - 'a' + 'A');  // "Mother" first
        out += bare;
        out += std::string_view(word).substr(from.bare.size());
        break;
      }
      case Form::kMy:
        out += to.my;
        break;
      case Form::kYour:
        out += to.your;
        break;
      case Form::kTheir:
        out += to.their;
        break;
      default:
        out += piece.text;
    }
  }
  return out;
}

}  // namespace

std::vector<Substituted> SubstituteRelation(const Pair& pair, Language language) {
  const std::vector<Piece> instruction = PiecesOf(pair.instruction);
  const std::vector<Piece> response = PiecesOf(pair.response);
  Mentions mentions;
  Read(instruction, language, &mentions);
  if (mentions.relation == nullptr || !mentions.is_own) return {};
  mentions.words = static_cast<std::size_t>(
      std::ranges::count_if(instruction, [](const Piece& piece) { return piece.is_word; }));
  // What a reply says of longing does not make the question one.
  const bool has_longing = mentions.has_longing;
  Read(response, language, &mentions);
  mentions.has_longing = has_longing;
  if (mentions.is_ambiguous) return {};

  std::vector<Substituted> all;
  for (const Relation& to : RelationsOf(language)) {
    if (!MayStandFor(to, *mentions.relation, mentions, language)) continue;
    all.push_back({{Write(instruction, *mentions.relation, to, language),
                    Write(response, *mentions.relation, to, language)},
                   &to,
                   mentions.is_greeted});
  }
  return all;
}

}  // namespace amooz::pattern_variation
