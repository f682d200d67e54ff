# SPDX-License-Identifier: BSD-2-Clause
# The machine's witness: page tables put to QEMU's MMU, and kernels that panic in QEMU.
# AMD64_CC= chooses the compiler of the x86 guest and start-up code, CLANG= that of the others.
EMU	= PYTHONDONTWRITEBYTECODE=1 BUILD=$(BUILD)

ask: $(FIXTURES_STAMP)
	@$(EMU) $(PYTHON) emu/ask $(FIXTURES) >$(BUILD)/ask.tap; status=$$?; \
	    cat $(BUILD)/ask.tap; exit $$status

panic: $(KCORE)
	$(EMU) $(PYTHON) emu/panic -o $(PANIC) --build $(BUILD) -j 2
.PHONY: panic
