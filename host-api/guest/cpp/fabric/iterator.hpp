/// What queries find, one after the other.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>

#include "bindings.hpp"

namespace fabric {

/// A point in time.
struct timestamp {
    /// Since 1970-01-01 00:00:00 UTC.
    std::int64_t seconds;
    std::uint32_t nanoseconds;
};

/// One committed modification of a key.
struct key_modification {
    std::string tx_id;
    std::string value;
    fabric::timestamp timestamp;
    bool is_delete;
};

/// Entries for a `for` loop, which may be run once:
///
///     for (auto& step : FABRIC_TRY(context.get_state_by_range("", ""))) {
///         auto entry = FABRIC_TRY(std::move(step));
///         ...
///     }
///
/// Each step is a result, because the peer may fail to find the next entry; such a step is the last one. The end of the
/// object's life closes it at the peer.
template <class Source>
class iterator {
public:
    using value_type = result<typename Source::entry>;

    /// Takes over a handle of the bindings.
    explicit iterator(typename Source::handle handle) : handle_(handle) {}
    iterator(iterator&& other) noexcept
        : handle_(std::exchange(other.handle_, std::nullopt)), current_(std::move(other.current_)) {}
    iterator& operator=(iterator&& other) noexcept {
        close();
        handle_ = std::exchange(other.handle_, std::nullopt);
        current_ = std::move(other.current_);
        return *this;
    }
    ~iterator() { close(); }

    /// The next entry; nothing after the last one.
    std::optional<value_type> next() {
        if (!handle_) return std::nullopt;
        std::optional<value_type> found = Source::next(*handle_);
        if (!found || !*found) close();
        return found;
    }

    /// Closes it before the end of its life.
    void close() {
        if (handle_) Source::drop(*handle_);
        handle_.reset();
    }

    /// A position in the loop.
    class position {
    public:
        using value_type = iterator::value_type;
        using difference_type = std::ptrdiff_t;

        explicit position(iterator* owner) : owner_(owner) {}
        value_type& operator*() const { return *owner_->current_; }
        position& operator++() {
            owner_->current_ = owner_->next();
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return !owner_->current_; }

    private:
        iterator* owner_;
    };

    /// Goes to the first entry.
    position begin() { return ++position(this); }
    /// What comes after the last one.
    std::default_sentinel_t end() const { return std::default_sentinel; }

private:
    std::optional<typename Source::handle> handle_;
    std::optional<value_type> current_;
};

namespace detail {

struct state_source {
    using handle = fabric_chaincode_state_own_state_iterator_t;
    using entry = key_value;

    static std::optional<result<entry>> next(handle open) {
        fabric_chaincode_state_option_key_value_t found;
        chaincode_string_t message;
        const auto borrowed = fabric_chaincode_state_borrow_state_iterator(open);
        if (!fabric_chaincode_state_method_state_iterator_next(borrowed, &found, &message)) {
            return error(take(message));
        }
        if (!found.is_some) return std::nullopt;
        return take(found.val);
    }

    static void drop(handle open) { fabric_chaincode_state_state_iterator_drop_own(open); }
};

struct history_source {
    using handle = fabric_chaincode_state_own_history_iterator_t;
    using entry = key_modification;

    static std::optional<result<entry>> next(handle open) {
        fabric_chaincode_state_option_key_modification_t found;
        chaincode_string_t message;
        const auto borrowed = fabric_chaincode_state_borrow_history_iterator(open);
        if (!fabric_chaincode_state_method_history_iterator_next(borrowed, &found, &message)) {
            return error(take(message));
        }
        if (!found.is_some) return std::nullopt;
        const auto& [tx_id, value, time, is_delete] = found.val;
        return entry{take(tx_id), take(value), {time.seconds, time.nanoseconds}, is_delete};
    }

    static void drop(handle open) { fabric_chaincode_state_history_iterator_drop_own(open); }
};

}  // namespace detail

/// Keys in ascending byte order with their values.
using state_iterator = iterator<detail::state_source>;
/// Committed modifications of one key, newest first.
using history_iterator = iterator<detail::history_source>;

/// One page of a query.
struct page {
    state_iterator entries;
    /// How many keys the page has.
    std::uint32_t fetched_records_count;
    /// Where the next page begins; empty after the last one.
    std::string bookmark;
};

namespace detail {

/// Makes an iterator of a handle.
inline constexpr auto opened = [](auto handle) { return state_iterator(handle); };

/// Makes a page of what the bindings return for one.
inline constexpr auto opened_page = [](fabric_chaincode_state_tuple2_own_state_iterator_page_t found) {
    return page{state_iterator(found.f0), found.f1.fetched_records_count, take(found.f1.bookmark)};
};

using raw_iterator = fabric_chaincode_state_own_state_iterator_t;
using raw_page = fabric_chaincode_state_tuple2_own_state_iterator_page_t;

}  // namespace detail
}  // namespace fabric
