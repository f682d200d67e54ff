# SPDX-License-Identifier: BSD-2-Clause
# The machine's witness: page tables put to QEMU's MMU, and kernels that panic in QEMU.
# AMD64_CC=, ARM_CC= and so on choose the compiler of a folder's guest, PANIC_FLAGS='--arch amd64' which.
# AMD64_CC= also builds the x86 start-up code that asks, CLANG= that of the others.
EMU	= PYTHONDONTWRITEBYTECODE=1 BUILD=$(BUILD)

ask: $(FIXTURES_STAMP)
	@$(EMU) $(PYTHON) emu/ask $(FIXTURES) >$(BUILD)/ask.tap; status=$$?; \
	    cat $(BUILD)/ask.tap; exit $$status

panic: $(KCORE)
	$(EMU) $(PYTHON) emu/panic -o $(PANIC) --build $(BUILD) -j 2 \
	    --json $(BUILD)/panic.json $(PANIC_FLAGS)
.PHONY: panic
