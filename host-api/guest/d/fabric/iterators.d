/// Iterators over keys and over modifications: input ranges whose elements are results.
module fabric.iterators;

import fabric.host;
import fabric.memory : Bytes, newArray;
import fabric.result : Result, ok;

/// A moment: the client's time in a proposal.
struct Timestamp
{
    long seconds; /// since 1970-01-01 00:00:00 UTC
    uint nanoseconds; ///
}

/// A committed modification of a key.
struct KeyModification
{
    string txId; ///
    Bytes value; ///
    Timestamp timestamp; ///
    bool isDelete; ///
}

/// Keys in ascending order with their values.
alias StateIterator = HostIterator!(KeyValue, "state_iterator");

/// Modifications of a key, newest first.
alias HistoryIterator = HostIterator!(KeyModification, "history_iterator");

/**
 * An input range of results, which ends after an error. Copies share one position; the last one that goes out of scope closes the
 * iterator at the peer.
 *
 * ---
 * mixin(let!("assets", q{context.getStateByRange("", "")}));
 * foreach (result; assets)
 * {
 *     mixin(let!("asset", q{result}));
 *     ...
 * }
 * ---
 */
struct HostIterator(Element, string name)
{
    private static struct Shared
    {
        int handle;
        int copies;
        bool isStarted;
        bool isAtEnd;
        Result!Element front;
    }

    private Shared* shared_;

    package this(int handle)
    {
        shared_ = newArray!Shared(1).ptr;
        shared_.handle = handle;
        shared_.copies = 1;
    }

    this(this)
    {
        if (shared_)
            shared_.copies++;
    }

    ~this()
    {
        if (shared_ && --shared_.copies == 0)
            call!(name ~ "_close", void)(shared_.handle);
    }

    /// Whether the end is reached.
    bool empty()
    {
        if (!shared_.isStarted)
            popFront();
        return shared_.isAtEnd;
    }

    /// The current element, or the error that ended the iteration.
    Result!Element front()
    {
        return shared_.front;
    }

    /// Goes to the next element.
    void popFront()
    {
        shared_.isStarted = true;
        if (shared_.front.isError)
        {
            shared_.isAtEnd = true;
            return;
        }
        const status = call!(name ~ "_next")(shared_.handle);
        if (status == none)
            shared_.isAtEnd = true;
        else if (status == failed)
            shared_.front = Result!Element.failure(registerText(0));
        else
            shared_.front = ok(read!Element());
    }
}

private Element read(Element : KeyValue)()
{
    return KeyValue(registerText(0), registerBytes(1));
}

private Element read(Element : KeyModification)()
{
    const time = Timestamp(registerNumber(2), cast(uint) registerNumber(3));
    return KeyModification(registerText(0), registerBytes(1), time, registerNumber(4) != 0);
}
