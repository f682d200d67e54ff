# The model: fixtures/*.toml -> $(BUILD)/fixtures.  Only scenarios that changed are built
# again; all of them if the model itself changed.
GEN_PY	:= $(sort $(shell find gen/dumpgen -name '*.py'))
SCENARIOS := $(sort $(wildcard fixtures/*.toml))
DUMPGEN	= PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=gen $(PYTHON) -m dumpgen
FIXTURES_STAMP = $(BUILD)/fixtures/.made

# The list of scenarios is remembered, so that one that went away is noticed.
$(BUILD)/fixtures/.list: FORCE
	@mkdir -p $(@D)
	@echo '$(SCENARIOS)' | cmp -s - $@ || echo '$(SCENARIOS)' >$@

$(FIXTURES_STAMP): $(SCENARIOS) $(GEN_PY) $(BUILD)/fixtures/.list
	$(DUMPGEN) prune -o $(BUILD)/fixtures $(SCENARIOS)
	$(DUMPGEN) build -o $(BUILD)/fixtures $(if $(filter %.py %.list,$?),$(SCENARIOS),$(filter %.toml,$?))
	@touch $@

fixtures: $(FIXTURES_STAMP)
