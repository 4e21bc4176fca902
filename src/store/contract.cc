#include "store/contract.h"

#include <array>

#include "store/contract_steps.h"

namespace salvor::store {

namespace {

template <auto run>
Result<> run_and_clear(Storage& storage, const std::string& prefix, Rng& rng, std::stop_token stop) {
  Result<> outcome = run(storage, prefix, rng, stop);
  const Result<> cleared = contract::remove_all(storage, prefix, stop);
  if (!outcome.ok()) return outcome;
  return cleared.ok() ? Result<>{} : Result<>(cleared.error().clone());
}

constexpr std::array kChecks = {
    ContractCheck{"GivesBackWhatWasWritten", run_and_clear<contract::gives_back_what_was_written>},
    ContractCheck{"JoinsThePiecesOfAStream", run_and_clear<contract::joins_the_pieces_of_a_stream>},
    ContractCheck{"ReplacesWholeObjects", run_and_clear<contract::replaces_whole_objects>},
    ContractCheck{"ShowsNothingBeforeCommit", run_and_clear<contract::shows_nothing_before_commit>},
    ContractCheck{"ForgetsDroppedStreams", run_and_clear<contract::forgets_dropped_streams>},
    ContractCheck{"RefusesToReplace", run_and_clear<contract::refuses_to_replace>, true},
    ContractCheck{"LetsOneOfManyWritersWin", run_and_clear<contract::lets_one_of_many_writers_win>, true},
    ContractCheck{"SurvivesRacingWritersAndRemovers", run_and_clear<contract::survives_racing_writers_and_removers>},
    ContractCheck{"ReadsRanges", run_and_clear<contract::reads_ranges>},
    ContractCheck{"GetRangeWantsEveryByte", run_and_clear<contract::get_range_wants_every_byte>},
    ContractCheck{"AReaderKeepsWhatItOpened", run_and_clear<contract::a_reader_keeps_what_it_opened>},
    ContractCheck{"TellsWhatItDelivers", run_and_clear<contract::tells_what_it_delivers>},
    ContractCheck{"DatesObjectsByItsOwnClock", run_and_clear<contract::dates_objects_by_its_own_clock>},
    ContractCheck{"ReportsAbsentObjects", run_and_clear<contract::reports_absent_objects>},
    ContractCheck{"RemovesAtOnce", run_and_clear<contract::removes_at_once>},
    ContractCheck{"ListsInByteOrder", run_and_clear<contract::lists_in_byte_order>},
    ContractCheck{"ListsByAnyPrefix", run_and_clear<contract::lists_by_any_prefix>},
    ContractCheck{"ListsDirectories", run_and_clear<contract::lists_directories>},
    ContractCheck{"PassesOnTheVisitorsError", run_and_clear<contract::passes_on_the_visitors_error>},
    ContractCheck{"LetsTheVisitorUseTheStore", run_and_clear<contract::lets_the_visitor_use_the_store>},
    ContractCheck{"TakesWideKeys", run_and_clear<contract::takes_wide_keys>},
    ContractCheck{"RefusesBadKeys", run_and_clear<contract::refuses_bad_keys>},
    ContractCheck{"StopsOnRequest", run_and_clear<contract::stops_on_request>},
    ContractCheck{"KeepsObjectsAndDirectoriesApart", run_and_clear<contract::keeps_objects_and_directories_apart>},
    ContractCheck{"BehavesLikeAMap", run_and_clear<contract::behaves_like_a_map>},
};

}  // namespace

std::span<const ContractCheck> contract_checks() { return kChecks; }

}  // namespace salvor::store
