// The trainer's config schema (JSON Schema, the subset of ABI.md).
#ifndef AMOOZ_PLUGINS_TORCH_TRAINING_SCHEMA_H_
#define AMOOZ_PLUGINS_TORCH_TRAINING_SCHEMA_H_

namespace amooz::llama {

inline constexpr char kTrainingSchema[] = R"({
"type": "object",
"properties": {
  "model": {
    "type": "object",
    "default": {},
    "description": "The shape of a new model. A base of another shape is not started from.",
    "properties": {
      "hidden_size": {"type": "integer", "minimum": 16, "maximum": 8192, "default": 256, "description": "Width. Time and memory grow with its square."},
      "intermediate_size": {"type": "integer", "minimum": 16, "maximum": 32768, "default": 704, "description": "Width of the feed-forward layers."},
      "num_hidden_layers": {"type": "integer", "minimum": 1, "maximum": 128, "default": 4, "description": "Layers."},
      "num_attention_heads": {"type": "integer", "minimum": 1, "maximum": 128, "default": 4, "description": "Query heads; divides hidden_size."},
      "num_key_value_heads": {"type": "integer", "minimum": 1, "maximum": 128, "default": 4, "description": "Key and value heads; divides num_attention_heads."},
      "max_position_embeddings": {"type": "integer", "minimum": 16, "maximum": 32768, "default": 512, "description": "The context, in tokens. A longer example is read in windows that overlap by half."}
    }
  },
  "tokenizer": {
    "type": "object",
    "default": {},
    "description": "Byte-level BPE, trained on the first model's training text; later models keep their base's unless a fresh one saves a tenth of the tokens.",
    "properties": {
      "max_size": {"type": "integer", "minimum": 257, "maximum": 65536, "default": 8000, "description": "Most entries of the vocabulary; it also has at most one for each 64 bytes of training text."},
      "renew_over_bytes": {"type": "integer", "minimum": 0, "default": 0, "description": "The base's tokenizer is not renewed while the training text has fewer bytes than this. After a rejected renewal: 1.5 times the text's bytes then."}
    }
  },
  "start": {"type": "string", "enum": ["base", "cold", "best"], "default": "base", "description": "From the base's weights where there is a base, from nothing, or both in turn and the lower validation loss wins (twice the time)."},
  "epochs": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 16, "description": "Most passes over the training text; the learning rate's course is as long as this or max_steps."},
  "max_steps": {"type": "integer", "minimum": 1, "maximum": 100000000, "default": 1500, "description": "Most optimiser steps."},
  "patience": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 3, "description": "Training ends after this many epochs without a better validation loss."},
  "row_tokens": {"type": "integer", "minimum": 16, "maximum": 32768, "default": 512, "description": "Tokens of a packed row, the batch of one step; memory grows with it. A longer window of an example is a row of its own."},
  "cold": {
    "type": "object",
    "default": {},
    "description": "When starting from nothing.",
    "properties": {
      "learning_rate": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.001, "description": "The peak."},
      "dropout": {"type": "number", "minimum": 0, "maximum": 0.9, "default": 0.1, "description": "Share of activations dropped: after the embedding, attention and feed-forward layers."},
      "average_decay": {"type": "number", "minimum": 0, "maximum": 0.9999, "default": 0.995, "description": "The saved weights are a running average with this decay a step; 0: the last ones."}
    }
  },
  "warm": {
    "type": "object",
    "default": {},
    "description": "When starting from a base's weights.",
    "properties": {
      "learning_rate": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.0016, "description": "The peak."},
      "dropout": {"type": "number", "minimum": 0, "maximum": 0.9, "default": 0.2, "description": "Share of activations dropped: after the embedding, attention and feed-forward layers."},
      "average_decay": {"type": "number", "minimum": 0, "maximum": 0.9999, "default": 0.995, "description": "The saved weights are a running average with this decay a step; 0: the last ones."}
    }
  },
  "warmup_steps": {"type": "integer", "minimum": 0, "maximum": 1000000, "default": 50, "description": "Steps over which the learning rate rises; at most a tenth of all steps."},
  "weight_decay": {"type": "number", "minimum": 0, "maximum": 10, "default": 1.0, "description": "Of the matrices, times the learning rate at each step."},
  "beta2": {"type": "number", "minimum": 0, "maximum": 0.9999, "default": 0.95, "description": "AdamW's second moment."},
  "clip_norm": {"type": "number", "minimum": 0.000001, "maximum": 1000000, "default": 1.0, "description": "The gradient's norm is cut to this."},
  "replaced_share": {"type": "number", "minimum": 0, "maximum": 0.9, "default": 0.1, "description": "Share of the input tokens replaced by random ones."},
  "checkpoint_every_steps": {"type": "integer", "minimum": 1, "maximum": 100000000, "default": 50, "description": "Steps between checkpoints; a checkpoint takes about 20 bytes a parameter."}
}})";

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_TRAINING_SCHEMA_H_
