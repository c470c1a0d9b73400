#include "client/cli/progress_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

v1::CycleEvent Event(v1::Stage stage) {
  v1::CycleEvent event;
  event.set_stage(stage);
  return event;
}

std::string Show(bool is_terminal) {
  std::ostringstream err;
  Terminal terminal;
  terminal.err = &err;
  terminal.err_is_terminal = is_terminal;
  terminal.columns = 100;
  ProgressView view(terminal, 3);
  v1::CycleEvent event = Event(v1::STAGE_COLLECT);
  event.mutable_stage_started();
  view.Show(event);
  event = Event(v1::STAGE_COLLECT);
  event.mutable_stage_finished()->set_message("90 chats");
  view.Show(event);
  event = Event(v1::STAGE_TRAIN);
  event.mutable_metric()->set_name("loss");
  event.mutable_metric()->set_value(2.3);
  view.Show(event);
  event = Event(v1::STAGE_TRAIN);
  event.mutable_log()->set_level("warning");
  event.mutable_log()->set_message("slow\x1B");
  view.Show(event);
  event = Event(v1::STAGE_TRAIN);
  event.mutable_resumed()->set_step(40);
  view.Show(event);
  event = Event(v1::STAGE_REPORT);
  event.mutable_ended();
  view.Show(event);
  return err.str();
}

TEST(ProgressView, ElsewhereItIsAPlainLineAStage) {
  EXPECT_EQ(Show(false),
            "cycle 3: collect: 90 chats\n"
            "cycle 3: train: warning: slow\uFFFD\n"
            "cycle 3: train: the server came back; goes on at step 40\n");
}

TEST(ProgressView, OnATerminalALineIsRedrawnAndTakenAwayAtTheEnd) {
  const std::string text = Show(true);
  EXPECT_THAT(text, HasSubstr("\r\x1B[2Kcycle 3  collect"));
  EXPECT_TRUE(text.ends_with("\r\x1B[2K"));
}

TEST(Bar, IsAsLongAsTheShare) {
  EXPECT_EQ(Bar(0, 4), "░░░░");
  EXPECT_EQ(Bar(0.5, 4), "██░░");
  EXPECT_EQ(Bar(7, 4), "████");
  EXPECT_EQ(Bar(std::nan(""), 4), "░░░░");
}

}  // namespace
}  // namespace amooz::client
