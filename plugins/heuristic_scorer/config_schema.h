// The configuration that operators see: every constant of the rule, with the original's values as
// defaults. Lengths are in code points.
#ifndef AMOOZ_PLUGINS_HEURISTIC_SCORER_CONFIG_SCHEMA_H_
#define AMOOZ_PLUGINS_HEURISTIC_SCORER_CONFIG_SCHEMA_H_

namespace amooz::heuristic_scorer {

inline constexpr char kConfigSchema[] = R"json({
  "type": "object",
  "properties": {
    "mode": {
      "type": "string", "enum": ["classic", "unicode"], "default": "unicode",
      "description": "classic: the original rule, texts as they are. unicode: the same after Persian normalisation (letters, digits, diacritics, ZWNJ, punctuation, case)."
    },
    "too_short_below": {
      "type": "integer", "minimum": 0, "maximum": 1000000, "default": 30,
      "description": "A response of fewer code points is barred as too_short, whatever its points. 0: none is."
    },
    "good_length_min": {
      "type": "integer", "minimum": 0, "maximum": 1000000, "default": 50,
      "description": "Code points: the shortest response that gets length_points."
    },
    "good_length_max": {
      "type": "integer", "minimum": 0, "maximum": 1000000, "default": 300,
      "description": "Code points: the longest response that gets length_points."
    },
    "too_long_above": {
      "type": "integer", "minimum": 0, "maximum": 1000000, "default": 500,
      "description": "A response of more code points has the issue too_long; it is not barred by that."
    },
    "length_points": {
      "type": "integer", "minimum": 0, "maximum": 100, "default": 2,
      "description": "Points for a length from good_length_min to good_length_max."
    },
    "repetitive_from_percent": {
      "type": "integer", "minimum": 1, "maximum": 101, "default": 25,
      "description": "Percent of the words: a response whose most frequent word has this share or more is repetitive. 101: none is."
    },
    "variety_points": {
      "type": "integer", "minimum": 0, "maximum": 100, "default": 2,
      "description": "Points for a response that has words and is not repetitive."
    },
    "classic_endings": {
      "type": "array", "items": {"type": "string"}, "default": [".", "!", "؟"],
      "description": "Characters that end a response, in classic mode."
    },
    "unicode_endings": {
      "type": "array", "items": {"type": "string"}, "default": [".", "!", "؟", "?", "…"],
      "description": "Characters that end a response, in unicode mode."
    },
    "ending_points": {
      "type": "integer", "minimum": 0, "maximum": 100, "default": 1,
      "description": "Points for a response whose last character is an ending."
    },
    "classic_phrases": {
      "type": "array", "items": {"type": "string"},
      "default": ["من اینجام", "همیشه کنارت", "دعا میکنم", "عاشقتم"],
      "description": "Natural phrases, in classic mode: found byte for byte, anywhere in the response."
    },
    "unicode_phrases": {
      "type": "array", "items": {"type": "string"},
      "default": [
        "من اینجام", "من این جا هستم", "من اینجا هستم", "همیشه کنارت", "کنارتم", "پیشتم", "دعا میکنم", "برات دعا", "عاشقتم",
        "دوستت دارم", "می‌فهممت", "می‌فهمم", "درکت می‌کنم", "حق داری", "تنها نیستی", "متأسفم", "تسلیت می‌گم", "تسلیت می‌گویم",
        "خسته نباشی", "خوشحالم که", "خوش اومدی", "خوش آمدی", "خواهش می‌کنم", "ممنون که", "نگران نباش", "به خودت سخت نگیر",
        "برام بگو", "برایم بگو", "دوست داری بگی", "دوست داری بگویی", "گوش می‌دم", "گوش می‌کنم", "دلت می‌خواد", "هر وقت خواستی",
        "I'm here", "I am here", "I'm listening", "I'm sorry", "I'm so sorry", "I'm glad", "I understand", "I hear you",
        "you're not alone", "you are not alone", "of course you", "it's okay", "it's all right", "it makes sense",
        "that sounds", "thank you for", "take your time", "take care", "be gentle with yourself", "tell me about",
        "tell me more", "would you like to", "when you're ready", "welcome back", "you're welcome"
      ],
      "description": "Natural phrases in Persian and English, in unicode mode: found whatever the letters' form, diacritics, ZWNJ and case."
    },
    "phrase_points": {
      "type": "integer", "minimum": 0, "maximum": 100, "default": 1,
      "description": "Points for a response that contains a natural phrase."
    },
    "shared_word_points": {
      "type": "integer", "minimum": 0, "maximum": 100, "default": 1,
      "description": "Points for a response that shares a word with its instruction, in lower case."
    }
  }
})json";

}  // namespace amooz::heuristic_scorer

#endif  // AMOOZ_PLUGINS_HEURISTIC_SCORER_CONFIG_SCHEMA_H_
