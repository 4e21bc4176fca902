#include "s3/xml.h"

#include <algorithm>
#include <pugixml.hpp>

namespace salvor::s3 {

namespace {

pugi::xml_node node_of(void* node) { return pugi::xml_node(static_cast<pugi::xml_node_struct*>(node)); }

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

}  // namespace

struct Xml::Document {
  pugi::xml_document tree;
};

Xml::Xml(std::unique_ptr<Document> document) : document_(std::move(document)) {}
Xml::Xml(Xml&&) noexcept = default;
Xml::~Xml() = default;

Result<Xml> Xml::parse(std::string_view text) {
  if (text.size() > kMaxBytes) return Error(Code::corrupt, "an XML answer is larger than any should be");
  // Every node needs a '<' of its own, so the tree's memory is bounded before it is built.
  if (static_cast<std::size_t>(std::count(text.begin(), text.end(), '<')) > 2 * kMaxElements) {
    return Error(Code::corrupt, "an XML answer has more elements than any should have");
  }
  auto document = std::make_unique<Document>();
  // Line ends stay as they are: they are part of keys.
  constexpr unsigned kOptions = pugi::parse_cdata | pugi::parse_escapes;
  const pugi::xml_parse_result parsed =
      document->tree.load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
  if (!parsed) {
    return Error(Code::corrupt, std::string("an XML answer is not well-formed: ") + parsed.description() + " at byte " +
                                    std::to_string(parsed.offset));
  }
  const auto roots = document->tree.children();
  const auto is_element = [](const pugi::xml_node& node) { return node.type() == pugi::node_element; };
  if (std::count_if(roots.begin(), roots.end(), is_element) != 1) {
    return Error(Code::corrupt, "an XML answer has not exactly one root element");
  }
  return Xml(std::move(document));
}

XmlElement Xml::root() const { return XmlElement(document_->tree.document_element().internal_object()); }

std::string_view XmlElement::name() const { return local_name(node_of(node_).name()); }

std::string XmlElement::text() const {
  std::string out;
  for (const pugi::xml_node& node : node_of(node_).children()) {
    if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) out += node.value();
  }
  return out;
}

XmlElement XmlElement::child(std::string_view name) const {
  for (const pugi::xml_node& node : node_of(node_).children()) {
    if (node.type() == pugi::node_element && local_name(node.name()) == name) return XmlElement(node.internal_object());
  }
  return {};
}

Result<> XmlElement::each(std::string_view child_name, const std::function<Result<>(XmlElement)>& visit) const {
  for (const pugi::xml_node& node : node_of(node_).children()) {
    if (node.type() != pugi::node_element) continue;
    if (child_name.empty() || local_name(node.name()) == child_name) TRY(visit(XmlElement(node.internal_object())));
  }
  return {};
}

std::string xml_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "&#" + std::to_string(static_cast<int>(c)) + ";";
        } else {
          out += c;
        }
    }
  }
  return out;
}

}  // namespace salvor::s3
