#ifndef AMOOZ_PLUGINS_PATTERN_VARIATION_CONFIG_SCHEMA_H_
#define AMOOZ_PLUGINS_PATTERN_VARIATION_CONFIG_SCHEMA_H_

namespace amooz::pattern_variation {

inline constexpr char kConfigSchema[] = R"json({
  "type": "object",
  "properties": {
    "languages": {
      "type": "array", "items": {"type": "string", "enum": ["fa", "en"]}, "minItems": 1, "default": ["fa", "en"],
      "description": "Languages to look for patterns in and to write in."
    },
    "families": {
      "type": "array", "items": {"type": "string", "enum": ["greeting", "afterlife", "emotion", "memory"]}, "minItems": 1,
      "default": ["greeting", "afterlife", "emotion", "memory"],
      "description": "Kinds of patterns. They take turns, so that a few variations are of all kinds."
    },
    "max_per_family": {
      "type": "integer", "minimum": 1, "maximum": 1000000, "default": 9,
      "description": "Pairs: the most that one call writes of one kind. With 9, the default of a cycle, one kind alone may fill it where the examples show no other."
    }
  }
})json";

}  // namespace amooz::pattern_variation

#endif  // AMOOZ_PLUGINS_PATTERN_VARIATION_CONFIG_SCHEMA_H_
