// sigv4_tool: our signatures on standard input and output, for tests/peer/sigv4_test.py.
//
//   in   {"method":"GET","url":"https://...","headers":[["name","value"]],"region":"r","service":"s3","key":"AKID",
//         "secret":"...","token":"","time":"2026-01-02T03:04:05Z","payload":"HASH or UNSIGNED-PAYLOAD","expires":0}
//   out  {"headers":[["name","value"]]}, with "expires" above 0 {"url":"..."}, or {"error":"..."}
//
// "path" and "query" instead of "url" are encoded by us: {"origin":"https://host","path":"/a b","query":[["k","v"]]}.
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "codec/json.h"
#include "s3/sigv4.h"

namespace {

using salvor::Json;

std::string url_of(const Json& request) {
  std::string url =
      request.at("origin").get<std::string>() + salvor::s3::encode_path(request.at("path").get<std::string>());
  char separator = '?';
  for (const Json& pair : request.at("query")) {
    url += separator + salvor::s3::encode_query(pair.at(0).get<std::string>()) + "=" +
           salvor::s3::encode_query(pair.at(1).get<std::string>());
    separator = '&';
  }
  return url;
}

salvor::Result<Json> answer(const Json& request) {
  const auto text = [&](const char* name) { return request.at(name).get<std::string>(); };
  const salvor::s3::Credentials credentials{
      text("key"), salvor::os::Secret(text("secret")), salvor::os::Secret(text("token")), {}};
  const salvor::s3::Signer signer(text("region"), text("service"));
  const salvor::Time time = TRY(salvor::parse_rfc3339(text("time")));
  salvor::net::HttpRequest call;
  call.method = text("method");
  call.url = url_of(request);
  if (const int seconds = request.at("expires").get<int>()) {
    return Json{{"url", TRY(signer.presign(call.method, call.url, credentials, time, std::chrono::seconds(seconds)))}};
  }
  for (const Json& pair : request.at("headers")) call.headers.emplace_back(pair.at(0), pair.at(1));
  TRY(signer.sign(call, credentials, time, text("payload")));
  Json headers = Json::array();
  for (const auto& [name, value] : call.headers) headers.push_back({name, value});
  return Json{{"url", call.url}, {"headers", headers}};
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto result = answer(Json::parse(line));
    std::cout << salvor::codec::dump_json(result.ok() ? *result : Json{{"error", result.error().message()}})
              << std::endl;
  }
}
