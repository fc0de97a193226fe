// What most files of RocksDB include; see cxx.
#include "db/db_impl/db_impl.h"
#include "options/options_helper.h"
#include "table/block_based/block_based_table_reader.h"
#include "util/coding.h"
