# SPDX-License-Identifier: BSD-2-Clause
"""Translation regimes: tables and entries only, nothing of files or operating systems.

One file a family, named as in the library.  Each has REGIMES (name -> regime) and
registers(regime, builder.hardware), what a CPU must be told to use the tables: the oracle's `reg`
lines; {} where no QEMU walks them.  Where kernels differ there is a function that makes a variant:
regime(), segtab(), sysmap() ...  A byte order that is not the usual one: dataclasses.replace(r,
byteorder="big").  Most regimes are radix trees (radix.py); powerpc and powerpc64 are hashed
tables (hashed.py); ranges that need no tables are linear.py's, and so is Space, which puts ranges
with their own regimes into one address space, as a port needs.

What all share:

regime    .name  .byteorder  .word (32 or 64: runs() covers 0 to 2**word)  .va_bits
          .page_sizes()
          .levels: names, sizes, and which kinds of entry there are, for edits and for the audit
          .builder(alloc, page) -> builder
          .reader(root, read, blob=b"") -> reader
builder   alloc(size) returns the address of free memory, aligned to size, a power of two of at
          least 4096; page(frame) the bytearray of a frame of 4096 bytes.  A target with larger
          pages is no exception.
          .map(va, pa, page, prot, bits=0, level=None): one page; bits are or-ed into each entry;
              level where one size can be had in several ways (arm: "fine"; powerpc: "primary",
              "secondary", "ibat").  ValueError if something is there or the page cannot be said
          .slot(va, at) -> (table, index) of va's entry at a level's position
          .get(table, index), .put(table, index, raw): for edits
          .root: what the dump's header names: an address, or a dataclass of registers (powerpc)
          .hardware: what registers() takes, where a CPU starts from something else (pae: the
              four-entry table; srmmu: the context table)
          .blob: tables that lie in the header: the port packs them, and gives its reader the same
              bytes (sun2, sun3, sun4: segmap, then groups; .segmap and .groups are the parts)
          .tables: (position of the level, address) of all, as allocated; several small ones may
              share a frame, a large one has several
          .reader(read=None)
reader    read(pa, size) returns bytes, fewer where the file ends, None where the dump lacks them;
          a read never crosses the end of a 4096-byte frame
          .walk(va) -> steps;  .lookup(va) -> physical address or None
          .runs() -> runs, ascending, complete, merged: map, hole, or unknown where a table is
              missing.  prot is "-" where a format has none
          .visit() -> (level position, index, raw, entry) of each table in reach, for the audit

A radix regime's codec also tells, for scenarios and tests:
    codec.ignored(level, kind)  bits of a good entry that may have any value
    codec.plants(level)         named ways to spoil one: what the MMU takes for invalid or reserved
Hashed regimes have .plants, .ignored and .mismatches (bits that, flipped, make a PTE another
page's).
"""
