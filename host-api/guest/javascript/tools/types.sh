#!/bin/sh
# Makes types/ anew from the comments in src/. Needs tsc 7.0.2.
set -eu
cd "$(dirname "$0")/.."
rm -rf types
exec tsc --project .
