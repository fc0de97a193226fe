/**
 * Smart contracts for Hyperledger Fabric in D, compiled to WebAssembly with `ldc2 -betterC`.
 *
 * ---
 * module contract;
 *
 * import fabric;
 *
 * mixin Contract!(mixin(__MODULE__));
 *
 * /// Sets the greeting.
 * @submit("SetGreeting") Result!void setGreeting(Context context, string text)
 * {
 *     return context.putState("greeting", text);
 * }
 *
 * /// The greeting.
 * @evaluate("Greeting") Result!Bytes greeting(Context context)
 * {
 *     mixin(let!("value", q{context.getState("greeting")}));
 *     if (value.isNull)
 *         return typeof(return).failure("no greeting yet");
 *     return ok(value.get);
 * }
 * ---
 *
 * Every call runs in a fresh instance: nothing in memory outlives it, and nothing needs to be freed. Errors are values of type
 * [Result]; a failed `assert` or an index out of bounds ends the call at once, and its message reaches the client.
 */
module fabric;

public import fabric.client_identity;
public import fabric.context;
public import fabric.contract;
public import fabric.crypto;
public import fabric.iterators;
public import fabric.json;
public import fabric.memory;
public import fabric.private_data;
public import fabric.result;
public import fabric.text;
