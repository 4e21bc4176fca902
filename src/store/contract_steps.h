// The checks of the storage contract by name, and the steps that they share. For contract*.cc only.
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "store/storage.h"

namespace salvor::store::contract {

using Stop = std::stop_token;
using Keys = std::vector<std::string>;

Result<> expect(bool kept, const std::string& promise);
Result<> expect_code(const Result<>& result, Code code, const std::string& what);
template <class T>
Result<> expect_code(const Result<T>& result, Code code, const std::string& what) {
  return expect_code(result.ok() ? Result<>{} : Result<>(result.error().clone()), code, what);
}
// That get and stat agree with what was written.
Result<> expect_content(Storage& storage, const std::string& key, ByteView wanted, Stop stop);
Result<> expect_listed(Storage& storage, const std::string& prefix, const Keys& wanted, Stop stop);

Bytes text(std::string_view from);
Bytes random_bytes(Rng& rng, std::size_t size);
Result<Keys> listed(Storage& storage, const std::string& prefix, Stop stop);
Result<Keys> directories(Storage& storage, const std::string& prefix, Stop stop);
// Every key holds its own name.
Result<> put_all(Storage& storage, const Keys& keys, Stop stop);
Result<> remove_all(Storage& storage, const std::string& prefix, Stop stop);

// contract_writing.cc
Result<> gives_back_what_was_written(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> joins_the_pieces_of_a_stream(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> replaces_whole_objects(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> shows_nothing_before_commit(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> forgets_dropped_streams(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> refuses_to_replace(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> lets_one_of_many_writers_win(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> survives_racing_writers_and_removers(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> removes_at_once(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> takes_wide_keys(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> keeps_objects_and_directories_apart(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> behaves_like_a_map(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);

// contract_reading.cc
Result<> reads_ranges(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> get_range_wants_every_byte(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> a_reader_keeps_what_it_opened(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> tells_what_it_delivers(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> dates_objects_by_its_own_clock(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> reports_absent_objects(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> lists_in_byte_order(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> lists_by_any_prefix(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> lists_directories(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> passes_on_the_visitors_error(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> lets_the_visitor_use_the_store(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> refuses_bad_keys(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);
Result<> stops_on_request(Storage& storage, const std::string& prefix, Rng& rng, Stop stop);

}  // namespace salvor::store::contract
