#include "core/server/salvage.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/slice.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/server/messages.h"

namespace amooz::server {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::ArrayInputStream;
using google::protobuf::io::CodedInputStream;

std::string Flatten(const grpc::ByteBuffer& bytes) {
  std::string flat;
  std::vector<grpc::Slice> slices;
  if (!bytes.Dump(&slices).ok()) return flat;
  for (const grpc::Slice& slice : slices) {
    flat.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return flat;
}

// One field of a message as it lies on the wire.
struct WireField {
  int number = 0;
  std::string_view whole;      // tag and value
  std::string_view delimited;  // the value, if it has a length
  std::uint64_t varint = 0;    // the value, if it is one
};

// Calls `visit` for each field at the top level. False if the bytes are no message.
template <class Visit>
bool VisitFields(std::string_view bytes, Visit visit) {
  ArrayInputStream array(bytes.data(), static_cast<int>(bytes.size()));
  CodedInputStream in(&array);
  while (true) {
    const int begin = in.CurrentPosition();
    const std::uint32_t tag = in.ReadTag();
    if (tag == 0) return in.ConsumedEntireMessage();
    WireField field{.number = WireFormatLite::GetTagFieldNumber(tag), .whole = {}, .delimited = {}};
    const auto type = WireFormatLite::GetTagWireType(tag);
    if (type == WireFormatLite::WIRETYPE_VARINT) {
      if (!in.ReadVarint64(&field.varint)) return false;
    } else if (type == WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      std::uint32_t size = 0;
      if (!in.ReadVarint32(&size)) return false;
      const auto at = static_cast<std::size_t>(in.CurrentPosition());
      if (size > bytes.size() - at || !in.Skip(static_cast<int>(size))) return false;
      field.delimited = bytes.substr(at, size);
    } else if (!WireFormatLite::SkipField(&in, tag)) {
      return false;
    }
    const auto from = static_cast<std::size_t>(begin);
    field.whole = bytes.substr(from, static_cast<std::size_t>(in.CurrentPosition()) - from);
    visit(field);
  }
}

std::uint64_t NumberOf(std::string_view item, int field_number) {
  std::uint64_t number = 0;
  VisitFields(item, [&](const WireField& field) {
    if (field.number == field_number) number = field.varint;
  });
  return number;
}

}  // namespace

absl::Status ParseWithoutBadItems(const grpc::ByteBuffer& bytes, const ItemFields& fields,
                                  google::protobuf::Message* request,
                                  std::vector<std::uint64_t>* bad_items) {
  const std::string flat = Flatten(bytes);
  const std::unique_ptr<google::protobuf::Message> item(
      request->GetReflection()
          ->GetMessageFactory()
          ->GetPrototype(request->GetDescriptor()->FindFieldByNumber(fields.items)->message_type())
          ->New());
  std::string readable;
  const bool is_message = VisitFields(flat, [&](const WireField& field) {
    const bool is_item = field.number == fields.items && field.delimited.data() != nullptr;
    if (is_item &&
        !item->ParseFromArray(field.delimited.data(), static_cast<int>(field.delimited.size()))) {
      bad_items->push_back(NumberOf(field.delimited, fields.number));
    } else {
      readable.append(field.whole);
    }
  });
  if (is_message && request->ParseFromString(readable)) return absl::OkStatus();
  return ParseMessage(bytes, request);
}

}  // namespace amooz::server
