# Aliases of dev.py, which needs python3 and nothing else.
.PHONY: run test sure translations
run test sure:
	python3 dev.py $@ $(ARGS)

# After a change of words: gather the Italian ones, keep the English ones beside them, compile (needs what `make test` installs).
PYBABEL ?= .venv/bin/pybabel
translations:
	@trap 'rm -f messages.pot' EXIT; set -e; \
	$(PYBABEL) -q extract -F pyproject.toml -k _l --no-location --sort-output -o messages.pot .; \
	$(PYBABEL) -q update -i messages.pot -d urp/translations --no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date; \
	$(PYBABEL) -q compile -d urp/translations
