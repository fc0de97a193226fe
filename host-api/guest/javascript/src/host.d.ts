/** What the peer offers, under the names that the bindings make of the WIT package. The files beside this one say the types. */
declare module 'fabric:chaincode/*' {
    const functions: any;
    export default functions;
}

// Built into QuickJS.
declare function btoa(octets: string): string;
declare function atob(base64: string): string;
