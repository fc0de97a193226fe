// Plug-in for asc: makes a module's entry out of the functions that are marked with @submit and @evaluate, and lists them in the
// compiled file, so that tools can show them without running it.

const KINDS = ["submit", "evaluate"];
const SECTION = "fabric:chaincode/functions";
const LIBRARY = "~lib/";
/** A file that is not an entry: its exports are for other files, not for the peer. */
const USER_FILE = 0;

export default class Contract {
  /** The contract's functions. */
  functions = [];

  /** Adds to each file with such functions one that converts the arguments for each of them, and the entry, which finds it by name. */
  afterParse(parser) {
    const entry = [`import { run } from "fabric/runtime"; export { cabi_realloc } from "fabric/runtime";`];
    for (const source of [...parser.sources]) {
      if (source.normalizedPath.startsWith(LIBRARY)) continue;
      source.sourceKind = USER_FILE;
      const found = functionsOf(source);
      if (!found.length) continue;
      this.functions.push(...found);
      const path = source.normalizedPath.replace(/\.ts$/, "");
      source.statements.push(...parse(parser, source, callsOf(found)));
      entry.push(`import { ${found.map((each) => each.call).join(", ")} } from "./${path}";`);
    }
    if (!this.functions.length) throw new Error("no function is marked with @submit or @evaluate");
    const names = this.functions.map((each) => each.name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice) throw new Error(`two functions have the name ${twice}`);
    const cases = this.functions.map((each) => `if (name == ${JSON.stringify(each.name)}) return ${each.call}(args);`);
    entry.push(`import { Arguments } from "fabric/arguments";`);
    entry.push(`function call(name: string, args: Arguments): Uint8Array | null { ${cases.join("\n")} return null; }`);
    entry.push("export function invoke(): i32 { return run(call); }");
    parser.parseFile(entry.join("\n"), "contract.entry.ts", true);
  }

  /** Adds the list. */
  afterCompile(module) {
    const lines = this.functions.map(({ kind, name, parameters }) => {
      return `${kind} ${name}(${parameters.map((each) => `${each.name}: ${each.type}`).join(", ")})\n`;
    });
    module.addCustomSection(SECTION, new TextEncoder().encode(lines.join("")));
  }
}

/** The marked functions of a file. */
function functionsOf(source) {
  const text = (node) => source.text.substring(node.range.start, node.range.end);
  const found = [];
  for (const statement of source.statements) {
    if (!statement.signature || !statement.decorators) continue;
    for (const decorator of statement.decorators) {
      const kind = decorator.name.text;
      if (!KINDS.includes(kind)) continue;
      const handler = statement.name.text;
      const [context, ...parameters] = statement.signature.parameters.map((each) => {
        return { name: each.name.text, type: text(each.type) };
      });
      if (!context) throw new Error(`the first parameter of ${handler} must be a Context`);
      const name = decorator.args?.[0]?.value ?? handler;
      const returns = text(statement.signature.returnType);
      found.push({ kind, name, handler, context: context.type, parameters, returns, call: `__call_${handler}` });
    }
  }
  return found;
}

/** Functions that take what the client sent and give what it receives. */
function callsOf(functions) {
  const imports = `import { Arguments as __Arguments } from "fabric/arguments";
    import { empty as __empty, hasFailed as __hasFailed } from "fabric/failure";
    import { payload as __payload } from "fabric/response";`;
  const calls = functions.map(({ handler, context, parameters, returns, call }) => {
    const values = parameters.map(({ name, type }, at) => `const p${at} = __args.next<${type}>(${JSON.stringify(name)});`);
    const invocation = `${handler}(${[`new ${context}()`, ...parameters.map((_, at) => `p${at}`)].join(", ")})`;
    const answer =
      returns === "void" ? `${invocation}; return __empty<Uint8Array>();` : `return __payload<${returns}>(${invocation});`;
    return `export function ${call}(__args: __Arguments): Uint8Array {
      __args.expect(${parameters.length});
      ${values.join("\n")}
      if (__hasFailed()) return __empty<Uint8Array>();
      ${answer}
    }`;
  });
  return [imports, ...calls].join("\n");
}

/** The statements of a text, as if they stood in that file. */
function parse(parser, { normalizedPath, internalPath }, text) {
  parser.parseFile(text, normalizedPath.replace(/\.ts$/, ".calls.ts"), false);
  const parsed = parser.sources.pop();
  Object.assign(parsed, { normalizedPath, internalPath });
  return parsed.statements;
}
