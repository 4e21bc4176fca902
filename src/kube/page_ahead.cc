#include "kube/page_ahead.h"

#include "base/check.h"

namespace salvor::kube {

PageAhead::PageAhead(Fetch fetch, std::stop_token stop)
    : follow_(std::move(stop), [this] { stop_.request_stop(); }),
      thread_([this, fetch = std::move(fetch)] { run(fetch); }) {}

PageAhead::~PageAhead() { stop_.request_stop(); }

void PageAhead::run(const Fetch& fetch) {
  const std::stop_token stop = stop_.get_token();
  std::string waiting;  // small pieces travel together
  const auto pass_on = [&]() -> Result<> {
    const std::size_t size = waiting.size();
    if (size > 0 && !pieces_.push(std::exchange(waiting, {}), stop, size)) {
      return Error(Code::cancelled, "nobody wants the rest of this page");
    }
    return {};
  };
  Result<net::HttpResponse> answer = fetch(
      [&](std::string_view piece) -> Result<> {
        waiting += piece;
        return waiting.size() < kPieceBytes ? Result<>() : pass_on();
      },
      stop);
  if (Result<> rest = pass_on(); !rest.ok() && answer.ok()) answer = std::move(rest).error();
  answer_ = std::move(answer);
  pieces_.close();
}

Result<net::HttpResponse> PageAhead::drain(const net::BodySink& body, std::stop_token stop) {
  while (const std::optional<std::string> piece = pieces_.pop(stop)) TRY(body(*piece));
  if (stop.stop_requested()) return Error(Code::cancelled, "stopped while reading a list");
  thread_.join();
  CHECK(answer_);
  return std::move(*answer_);
}

}  // namespace salvor::kube
