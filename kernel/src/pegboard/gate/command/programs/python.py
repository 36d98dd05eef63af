"""Python and the tools of its projects."""

from typing import Final

TABLE: Final = r"""
python,python3,python2,python3.8,python3.9,python3.10,python3.11,python3.12,python3.13,python3.14,
pypy3: run posix via=python | r a*
 -V,--version -uBOIsSEbvqP -c=c!exec -m=M -W=t!code -X=t!code -i!exec -x --check-hash-based-pycs=
pytest,py.test,py.test-3,pytest-3: run via=response | T*
 -vqxsl --verbose --quiet --exitfirst --showlocals -V,--version -k= -m= -n,--numprocesses= -r= --tb= --maxfail=
 --lf,--last-failed --ff,--failed-first --nf,--new-first --sw,--stepwise --sw-skip,--stepwise-skip
 --lfnf,--last-failed-no-failures= --co,--collect-only --durations= --durations-min= --no-header --no-summary
 --color= --code-highlight= --capture= --show-capture= --full-trace --markers --fixtures -f --funcargs
 --fixtures-per-test --setup-show --setup-only --setup-plan --strict-markers --strict-config --strict
 --disable-warnings --disable-pytest-warnings --runxfail --cov?a --cov-report=V --cov-branch --no-cov
 --cov-fail-under= --cov-append --cov-context= --dist= --maxprocesses= --timeout= --timeout-method= --asyncio-mode=
 --deselect= --ignore=l --ignore-glob= --reruns= --reruns-delay= --randomly-seed= -p=O --import-mode=
 --doctest-modules --doctest-glob= --doctest-continue-on-failure --doctest-report= --junitxml,--junit-xml=w
 --log-level= --log-cli-level= --log-file=w --log-format= --log-cli-format= --log-date-format= --cache-clear!delete
 --cache-show? --keep-duplicates --collect-in-virtualenv --xfail-tb --no-showlocals --benchmark-only --benchmark-skip
 --benchmark-disable --hypothesis-seed= --hypothesis-show-statistics --trace-config --forked --looponfail --testmon
 --verbosity= --run-slow --runslow --slow --no-success-flaky-report --random-order --headless --showlocals
 --report-log=w --force-sugar --noconftest --pastebin=t!send --rootdir=C!ask -c,--config-file=k -o,--override-ini=k
 --confcutdir=C!ask --basetemp=D!delete --pyargs!code --pdb!exec --pdbcls=t!code --trace!exec --debug?!write
 --snapshot-update!write -W,--pythonwarnings=i
unittest: run | T*
 -vqfcb --verbose --quiet --failfast --catch --buffer --locals -k= -s,--start-directory=l -p,--pattern=
 -t,--top-level-directory=l --durations=
json.tool: read | r w
 --sort-keys --indent= --compact --no-indent --tab --json-lines
venv,virtualenv: write | W
 --system-site-packages --upgrade-deps --without-pip --prompt= -p=b
compileall,py_compile,tabnanny,timeit,doctest,site,platform,this,calendar,zipfile,http.server: run ask | a*
 -q
tox exec,tox e,tox devenv,tox d: exec ask | a*
tox: run sub | a*
 -vqrpl -e= --recreate --version --parallel? -c=k --workdir=W -x=k -l --skip-pkg-install --notest
nox: run | a*
 -rRlv -s,--sessions= -e= -k= -t= --list --reuse-existing-virtualenvs --no-install -f,--noxfile=k
coverage: sub wide=read
coverage run: run posix via=script | r a*
 -ap --append --branch --parallel-mode --source=l --include= --omit= -m=M --rcfile=k --data-file=w --context=
 --concurrency=
coverage report,coverage html,coverage xml,coverage json,coverage combine,coverage erase,coverage lcov: write run | l*
 -iqm --show-missing --skip-covered --skip-empty --include= --omit= --fail-under= --sort= --precision= --format=
 -d,--directory=W -o=w --title= --rcfile=k
mypy,dmypy,pyright,basedpyright,pyre,ty,pyrefly: run via=response | a*
 -vipVm --strict --ignore-missing-imports --show-error-codes --no-error-summary --pretty --no-incremental
 --explicit-package-bases --namespace-packages --follow-imports= --python-version= --platform= --show-error-context
 --show-column-numbers --warn-unused-ignores --disallow-untyped-defs --check-untyped-defs --no-color-output
 --color-output --exclude= --warn-unreachable --warn-return-any --no-implicit-optional --install-types!install
 --non-interactive --config-file=k --python-executable=e --cache-dir=W --junit-xml=w --package= --module= -p= -m=
 -c=t!code --version --hide-error-context --output= --disable-error-code= --enable-error-code= --sqlite-cache
 --show-traceback --tb --skip-cache-mtime-checks --no-site-packages --outputjson --level= --stats --warnings
 --pythonversion= --pythonplatform= --project=k --threads?
ruff: sub wide=read
ruff check,ruff linter: read via=response | r*
 -vqswen --fix!write --unsafe-fixes!write --fix-only!write --diff --watch --select= --ignore= --extend-select=
 --extend-ignore= --output-format= -o,--output-file=w --statistics --show-files --show-settings --show-fixes
 --preview --no-preview --config=k --isolated --no-cache --cache-dir=W --exclude= --extend-exclude= --force-exclude
 --no-force-exclude --respect-gitignore --no-respect-gitignore --line-length= --target-version= --per-file-ignores=
 --exit-zero --exit-non-zero-on-fix --add-noqa?!write --stdin-filename= --verbose --quiet --silent --color=
 --fixable= --unfixable= --no-fix --no-unsafe-fixes --concise --explain= --show-source --ignore-noqa --extension=
ruff format: write read via=response | r*
 -vqsn --check --diff --line-length= --target-version= --exclude= --force-exclude --isolated --no-cache --cache-dir=W
 --config=k --preview --no-preview --range= --quiet --silent --verbose --color= --stdin-filename= --respect-gitignore
 --output-format=
ruff rule,ruff config,ruff version: none | t*
 --all --output-format=
ruff clean: delete
black: write read | r*
 -lSCqvW -l,--line-length= -t,--target-version= --check --diff --color --no-color --fast --safe
 --skip-string-normalization --preview --unstable --skip-magic-trailing-comma --quiet --verbose --exclude=
 --extend-exclude= --force-exclude= --include= --stdin-filename= --config=k --workers= -c,--code= --required-version=
 --pyi --version
isort,autopep8,autoflake,pyupgrade,docformatter,yapf: write read | r*
 -qvrc -l= --check --check-only --diff --profile= --quiet --line-length= --max-line-length= --recursive --in-place -i
 --remove-all-unused-imports --version --src=l --skip= --filter-files --py38-plus --py39-plus --py310-plus
 --py311-plus --py312-plus --settings-path=k --settings-file=k --config=k
flake8,pylint,pycodestyle,pydocstyle,pyflakes,bandit,vulture,ruff-lsp,radon: run | r*
 -qvrj -r,--recursive --max-line-length= --max-complexity= --ignore= --extend-ignore= --select= --extend-select=
 --exclude= --statistics --count --show-source --format=b --jobs= --disable= -d= -e= --enable= --errors-only -E
 --output-format=b --score= --reports= --fail-under= --version --per-file-ignores= --config=k --append-config=k
 --rcfile=k --load-plugins=t!code --init-hook=c!exec --output-file=w --tee --exit-zero --quiet --verbose -n= -i -f=b
 --min-confidence=
pip,pip3: sub wide=read
 -vq --verbose --quiet --no-color --disable-pip-version-check --no-input -V,--version --python=e --isolated
pip list,pip freeze,pip check,pip inspect,pip debug: read | b*
 -o,--outdated!net -u -e -l --local --user --format= --not-required --exclude= --editable --include-editable
 --verbose -v --all -q --quiet --disable-pip-version-check
pip show,pip3 show: read | b*
 -fqv --files --quiet --verbose --disable-pip-version-check
pip install,pip download,pip wheel: install net write run | b*
 -qUv --upgrade --quiet --verbose --user --no-deps --no-cache-dir --disable-pip-version-check --pre
 -r,--requirement=r -c,--constraint=r -e,--editable=l --no-build-isolation --force-reinstall --break-system-packages
 --dry-run --only-binary= --prefer-binary
pip uninstall: delete | b*
 -yq --yes
pip config,pip cache,pip index,pip hash: ask | t*
pip3 list,pip3 freeze,pip3 check: read | b*
 -o,--outdated!net --format= --user -l --local -q
pip3 install: install net write run | b*
 -qU --upgrade -r,--requirement=r -e,--editable=l --user
uv: sub wide=read
 -qv --quiet --verbose --offline --no-progress --color= -V,--version --no-color
uv run: run posix via=runner | x*
 -qv --quiet --verbose --frozen --locked --no-sync --offline --all-extras --extra= --group= --dev --no-dev
 --all-groups --exact --isolated --package= -p,--python=b -m=M --module=M --only-group= --no-project --active
 --with=t!install --with-requirements=r!install --with-editable=l!install --env-file=t!config --directory=C!ask
 --project=C!ask --script!exec --no-env-file --color=
uv sync,uv lock: install net write run
 -q --quiet --frozen --locked --all-extras --extra= --group= --dev --no-dev --all-groups --upgrade -U --check
 --offline --no-install-project --dry-run -P,--upgrade-package=b --inexact --python=b -p=b
uv add,uv remove: install net write run | b*
 --dev --group= --optional= --no-sync --frozen
uv tree,uv version,uv pip list,uv pip show,uv pip freeze,uv pip check,uv pip tree,uv python list: read | b*
 --depth= --outdated --frozen --format= --short --no-dev --invert --package=
uv pip,uv python: sub wide=read
uv pip install: install net write run | b*
 -qU --upgrade -r=r -e=l --system
uv build: run write
 --wheel --sdist -o,--out-dir=W -q
uv venv: write | W
 -q --seed -p,--python=b --clear!delete
uvx,pipx,uv tool: ask install run | t*
poetry,pdm,hatch,pipenv,rye: sub wide=read
 -nqv --no-interaction --quiet --no-ansi --version -V
poetry run,pdm run,hatch run,pipenv run,rye run: run posix via=runner | x*
poetry install,poetry lock,poetry update,poetry add,poetry remove,pdm install,pdm add,pdm lock,pdm sync,
pipenv install,pipenv sync: install net write run | b*
 --no-root --sync --with= --without= --only= -E,--extras= --all-extras --no-interaction --dev -D -G= --group=
 --no-update -d
poetry show,poetry check,poetry version,poetry env,pdm list,pipenv graph,poetry build: read | b*
 --tree --latest --outdated --short -s -l -t
pre-commit: sub wide=read
pre-commit run: run write read | t*
 -av --all-files --files=r --show-diff-on-failure --verbose --hook-stage=b -c,--config=k --from-ref= --to-ref= -s=
 -o=
pre-commit install,pre-commit autoupdate,pre-commit uninstall,pre-commit clean: config ask | t*
sphinx-build,mkdocs: run ask write | a*
alembic,django-admin,flask,uvicorn,gunicorn,celery,ipython,jupyter,streamlit,scrapy,twine: run ask | a*
"""
