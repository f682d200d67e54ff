# The model: fixtures/*.toml -> $(FIXTURES).  Only scenarios that changed are built
# again; all of them if the model itself changed.
GEN_PY	:= $(sort $(shell find gen/dumpgen -name '*.py'))
SCENARIOS := $(sort $(wildcard fixtures/*.toml))
DUMPGEN	= PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=gen $(PYTHON) -m dumpgen
FIXTURES_STAMP = $(FIXTURES)/.made

# The list of scenarios is remembered, so that one that went away is noticed.
$(FIXTURES)/.list: FORCE
	@mkdir -p $(@D)
	@echo '$(SCENARIOS)' | cmp -s - $@ || echo '$(SCENARIOS)' >$@

$(FIXTURES_STAMP): $(SCENARIOS) $(GEN_PY) $(FIXTURES)/.list
	@$(DUMPGEN) prune -o $(FIXTURES) $(SCENARIOS)
	@echo dumpgen build "->" $(FIXTURES)
	@$(DUMPGEN) build -o $(FIXTURES) $(if $(filter %.py %.list,$?),$(SCENARIOS),$(filter %.toml,$?))
	@touch $@

fixtures: $(FIXTURES_STAMP)
