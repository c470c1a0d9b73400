#include "core/model/listeners.h"

#include <gtest/gtest.h>

namespace amooz {
namespace {

TEST(Listeners, TellEachListenerUntilItsSubscriptionEnds) {
  Listeners listeners;
  int first = 0, second = 0;
  Subscription one = listeners.Add([&] { ++first; });
  const Subscription two = listeners.Add([&] { ++second; });
  listeners.Notify();
  one.reset();
  listeners.Notify();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 2);
}

TEST(Listeners, ASubscriptionMayOutliveThem) {
  Subscription subscription;
  {
    Listeners listeners;
    subscription = listeners.Add([] {});
  }
  subscription.reset();
}

}  // namespace
}  // namespace amooz
