// Examples in the form that plugins see: arrays of pointers to structs that borrow their texts.
#ifndef AMOOZ_SDK_HOST_EXAMPLE_ARRAY_H_
#define AMOOZ_SDK_HOST_EXAMPLE_ARRAY_H_

#include <cstddef>
#include <span>
#include <vector>

#include "amooz/sdk/abi.h"
#include "sdk/host/messages.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

// Texts are not copied: what an array was made from must outlive it. Not thread-safe.
class TurnArray {
 public:
  void Add(std::int32_t role, std::string_view text);
  std::size_t size() const { return turns_.size(); }
  // Pointers to the turns, valid until the next Add; null if there are none.
  const amooz_turn* const* Finish();

 private:
  std::vector<amooz_turn> turns_;
  std::vector<const amooz_turn*> pointers_;
};

class ExampleArray {
 public:
  explicit ExampleArray(std::span<const ExampleView> examples);
  explicit ExampleArray(std::span<const ExampleMessage> examples);
  explicit ExampleArray(const Example& example);
  ExampleArray(const ExampleArray&) = delete;
  ExampleArray& operator=(const ExampleArray&) = delete;
  const amooz_example* const* data() const { return pointers_.data(); }
  std::size_t size() const { return pointers_.size(); }

 private:
  template <typename E>
  void Add(const E& example, std::string_view meta_json);
  void Finish();
  std::vector<amooz_example> examples_;
  std::vector<const amooz_example*> pointers_;
  TurnArray turns_;
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_EXAMPLE_ARRAY_H_
