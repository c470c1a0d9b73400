#include "client/lib/proto_json.h"

#include <gtest/gtest.h>

#include <limits>

#include "amooz/v1/chat_log.pb.h"
#include "amooz/v1/config.pb.h"
#include "amooz/v1/cycle.pb.h"
#include "amooz/v1/model.pb.h"

namespace amooz::client {
namespace {

TEST(ProtoJson, PrintsZeroFieldsAndUnsetOptionalOnesAsNull) {
  v1::CycleSummary summary;
  summary.set_original_size(320);
  summary.set_held_out_after(1.5);
  const auto json = ToJson(summary);
  EXPECT_EQ(json["original_size"], 320);
  EXPECT_EQ(json["evicted"], 0);
  EXPECT_EQ(json["promoted"], false);
  EXPECT_EQ(json["promotion_reason"], "");
  ASSERT_TRUE(json.contains("held_out_before"));
  EXPECT_TRUE(json["held_out_before"].is_null());
  EXPECT_EQ(json["held_out_after"], 1.5);
}

TEST(ProtoJson, AnOptionalFieldSetToZeroIsZeroNotNull) {
  v1::ExplainChatResponse reply;
  reply.mutable_decision()->set_points(0);
  const auto json = ToJson(reply);
  EXPECT_EQ(json["decision"]["points"], 0.0);
  EXPECT_TRUE(json["decision"]["score"].is_null());
  EXPECT_TRUE(json["example"].is_null());
  EXPECT_TRUE(json["same_id"].is_array());
}

TEST(ProtoJson, CountsAreNumbersAnd64BitOnesStrings) {
  v1::ChatRecord record;
  record.set_seq(12);
  record.set_outcome(v1::CHAT_OUTCOME_ACCEPTED);
  const auto json = ToJson(record);
  EXPECT_EQ(json["seq"], "12");
  EXPECT_EQ(json["outcome"], "CHAT_OUTCOME_ACCEPTED");
}

TEST(ProtoJson, TimesDurationsAndStructsHaveProtobufsForms) {
  v1::Schedule schedule;
  schedule.mutable_interval()->set_seconds(3600);
  schedule.mutable_next_look()->set_seconds(1704067367);
  auto json = ToJson(schedule);
  EXPECT_EQ(json["interval"], "3600s");
  EXPECT_EQ(json["next_look"], "2024-01-01T00:02:47Z");
  EXPECT_TRUE(json["last_look"].is_null());
  v1::PluginUse use;
  (*use.mutable_config()->mutable_fields())["mode"].set_string_value("classic");
  EXPECT_EQ(ToJson(use)["config"]["mode"], "classic");
}

TEST(ProtoJson, OfAOneofOnlyTheSetMemberIsThere) {
  v1::CycleEvent event;
  event.mutable_stage_started();
  const auto json = ToJson(event);
  EXPECT_TRUE(json.contains("stage_started"));
  EXPECT_FALSE(json.contains("progress"));
}

TEST(ProtoJson, TextsAreNotEscapedAndStayWhole) {
  v1::Turn turn;
  turn.set_text("سلام‌ «دوست»\n\u2028\"");
  EXPECT_EQ(ToJsonLine(turn),
            "{\"role\":\"ROLE_UNSPECIFIED\",\"text\":\"سلام‌ «دوست»\\n\u2028\\\"\"}");
}

TEST(ProtoJson, WhatIsNoNumberIsAWord) {
  v1::Metric metric;
  metric.set_value(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(ToJson(metric)["value"], "NaN");
  metric.set_value(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(ToJson(metric)["value"], "-Infinity");
}

TEST(ProtoJson, BytesAreBase64) {
  v1::FetchModelResponse piece;
  piece.set_data("\x01\x02\xff", 3);
  EXPECT_EQ(ToJson(piece)["data"], "AQL/");
}

TEST(ProtoJson, FieldsKeepTheirOrder) {
  EXPECT_EQ(ToJsonLine(v1::Progress()), R"({"done":0,"total":0})");
}

}  // namespace
}  // namespace amooz::client
