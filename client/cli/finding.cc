#include "client/cli/finding.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "client/cli/display_width.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr int kLeastText = 30;  // a text is not broken into narrower lines

const char* HealthName(Health health) {
  switch (health) {
    case Health::kGood:
      return "good";
    case Health::kNote:
      return "note";
    case Health::kWrong:
      return "wrong";
  }
  return "";
}

std::string Mark(Health health, const Style& style) {
  switch (health) {
    case Health::kGood:
      return style.Good("✓");
    case Health::kNote:
      return style.Note("!");
    case Health::kWrong:
      return style.Bad("✗");
  }
  return "";
}

std::string Verdict(const Findings& findings, const Style& style) {
  const auto count = [&](Health health) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const Finding& f) { return f.health == health; });
  };
  const auto wrong = count(Health::kWrong), notes = count(Health::kNote);
  std::string text = wrong == 0   ? style.Good("Nothing is wrong.")
                     : wrong == 1 ? style.Bad("1 thing is wrong.")
                                  : style.Bad(StrCat(wrong, " things are wrong."));
  if (notes > 0) StrAppend(&text, " ", Counted(notes, "note"), " (!) to consider.");
  return text + "\n";
}

}  // namespace

Finding Good(std::string subject, std::string text) {
  return {Health::kGood, std::move(subject), std::move(text), ""};
}
Finding Note(std::string subject, std::string text, std::string remedy) {
  return {Health::kNote, std::move(subject), std::move(text), std::move(remedy)};
}
Finding Wrong(std::string subject, std::string text, std::string remedy) {
  return {Health::kWrong, std::move(subject), std::move(text), std::move(remedy)};
}

bool IsAnythingWrong(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& f) { return f.health == Health::kWrong; });
}

std::string FindingsText(const Findings& findings, int max_columns, const Style& style) {
  int widest = 0;
  for (const Finding& finding : findings) {
    widest = std::max(widest, DisplayWidth(PrintableLine(finding.subject)));
  }
  const int indent = widest + 4;
  const int columns = max_columns > 0 ? std::max(kLeastText, max_columns - indent) : 0;
  std::string text;
  for (const Finding& finding : findings) {
    const std::string subject = PrintableLine(finding.subject);
    const auto padding = static_cast<std::size_t>(widest - DisplayWidth(subject)) + 2;
    StrAppend(&text, Mark(finding.health, style), " ", style.Bold(subject),
              std::string(padding, ' '), WrapToWidth(PrintableText(finding.text), columns, indent),
              "\n");
    if (finding.remedy.empty()) continue;
    StrAppend(&text, std::string(static_cast<std::size_t>(indent), ' '), "→ ",
              WrapToWidth(PrintableText(finding.remedy), columns > 0 ? columns - 2 : 0, indent + 2),
              "\n");
  }
  return text + Verdict(findings, style);
}

std::string FindingsJson(const Findings& findings) {
  nlohmann::ordered_json json;
  json["healthy"] = !IsAnythingWrong(findings);
  json["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    json["findings"].push_back({{"health", HealthName(finding.health)},
                                {"subject", finding.subject},
                                {"text", finding.text},
                                {"remedy", finding.remedy}});
  }
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace amooz::client
