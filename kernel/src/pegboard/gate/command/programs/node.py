"""Node and the tools of its projects."""

from typing import Final

TABLE: Final = r"""
node,nodejs: run posix via=script | r a*
 -v,--version -e,--eval=c!exec -p,--print?c!exec -r,--require=t!code --import=t!code --loader=t!code
 --experimental-loader=t!code -i,--interactive!exec -c,--check --test --test-only --test-name-pattern=
 --test-reporter=b --watch --no-warnings --enable-source-maps --trace-warnings --max-old-space-size=
 --experimental-strip-types --experimental-vm-modules --env-file=t!config --inspect?!ask --inspect-brk?!ask
 --unhandled-rejections= --stack-trace-limit=
deno: sub ask wide=read
 -V,--version -q --quiet
deno test,deno lint,deno check,deno task,deno bench,deno fmt,deno info,deno doc: run write | a*
 -q --quiet --no-check --check --filter= --watch --coverage --json --fail-fast
deno run: ask run | a*
bun: sub wide=read
 -v,--version --silent
bun test: run | a*
 -t,--test-name-pattern= --timeout= --bail? --watch --coverage --only --todo --rerun-each=
 -u,--update-snapshots!write
bun run: run via=npm posix | t a*
 --silent --bun --watch
bun install,bun i,bun add,bun remove: install net write run | b*
 -dDE --dev --frozen-lockfile --production --exact
tsx,ts-node,ts-node-esm,esno: run posix via=script | r a*
 -T,--transpile-only --esm -v,--version --swc --files -P,--project=r -e,--eval=c!exec -p,--print=c!exec
 -r,--require=t!code --tsconfig=r
npm: sub wide=read,run
 -sqd --silent --quiet --verbose --loglevel= --no-color --color? --json --no-progress --no-fund --no-audit
 --no-update-notifier -v,--version -l,--long -w,--workspace=a --workspaces --ws --include-workspace-root --iwr
 --if-present
@npm:
 -sqd --silent --quiet --verbose --loglevel= --no-color --color? --json --no-progress --no-fund --no-audit
 --no-update-notifier -l,--long -w,--workspace=a --workspaces --ws --include-workspace-root --iwr --if-present
 --ignore-scripts --foreground-scripts
npm test,npm t,npm tst,npm start,npm stop,npm restart: run rest=a | a*
 @npm
npm run,npm run-script,npm rum,npm urn: run rest=a via=npm | t a*
 @npm
npm ls,npm list,npm la,npm ll,npm root,npm prefix,npm help,npm explain,npm why,npm fund,npm query,npm version,
npm --version: read via=npmread | b*
 @npm -a,--all --depth= -p,--parseable --omit= --include= --prod --dev --production --link --package-lock-only
npm view,npm info,npm show,npm v,npm outdated,npm search,npm ping,npm audit,npm whoami,npm doctor,npm dist-tag,
npm owner: net via=npmread | b*
 @npm -a,--all --omit= --audit-level= --production --prod --depth=
npm ci,npm install,npm i,npm add,npm install-test,npm it,npm clean-install: install net write run | b*
 @npm -D,--save-dev -S,--save -E,--save-exact -O,--save-optional -P,--save-prod --no-save --legacy-peer-deps --force
 -f --omit= --include= --production --prefer-offline --offline --package-lock-only --no-package-lock --engine-strict
 --dry-run
npm uninstall,npm un,npm remove,npm rm,npm update,npm up,npm upgrade,npm dedupe,npm prune,npm rebuild,
npm pack: install net write run delete | b*
 @npm -D,--save-dev -S,--save --dry-run --omit= --production
npm config,npm set,npm get,npm c,npm exec,npm x,npm init,npm create,npm link,npm ln,npm publish,npm unpublish,
npm login,npm adduser,npm logout,npm token,npm cache,npm access,npm deprecate,npm edit,npm explore,npm hook,npm org,
npm pkg,npm profile,npm repo,npm bugs,npm docs,npm home,npm shrinkwrap,npm star,npm team,npm innit: ask exec | t*
npx: run posix via=runner | x*
 -q --quiet --no-install --no -v,--version -y,--yes!install -p,--package=t!install -c,--call=c!exec
pnpm: sub wide=read,run
 -sv --silent --version -r --recursive -F,--filter=a --color --no-color -w,--workspace-root
pnpm test,pnpm t,pnpm start: run rest=a | a*
 -s --silent --if-present --watch? --watchAll? --coverage? --ci --run --passWithNoTests --bail? --verbose
pnpm run: run rest=a via=npm | t a*
 -sr --silent --if-present --parallel --stream --recursive
pnpm build,pnpm lint,pnpm typecheck,pnpm format,pnpm dev: run rest=a | a*
pnpm exec: run posix via=runner | x*
pnpm ls,pnpm list,pnpm why,pnpm root,pnpm outdated,pnpm bin: read | b*
 --depth= --prod --dev --json --long --recursive -r
pnpm install,pnpm i,pnpm add,pnpm remove,pnpm update,pnpm up: install net write run | b*
 -DEPOwr --frozen-lockfile --prefer-offline --offline --no-frozen-lockfile --ignore-scripts --save-dev
 --lockfile-only
pnpm dlx,pnpm create,pnpm config,pnpm publish,pnpm link: ask exec | t*
yarn: sub wide=read,run
 -sv --silent --version
yarn test,yarn build,yarn lint,yarn start,yarn dev,yarn typecheck,yarn format,yarn check,
yarn coverage: run rest=a | a*
 --watch? --watchAll? --coverage? --ci --run --passWithNoTests --bail? --verbose --silent
yarn run: run rest=a via=npm | t a*
 -s --silent
yarn list,yarn why,yarn info,yarn outdated: read | b*
 --depth= --pattern= --json
yarn install,yarn add,yarn remove,yarn upgrade,yarn up: install net write run | b*
 -DEPO --dev --exact --frozen-lockfile --immutable --offline --ignore-scripts --check-files
yarn workspace,yarn workspaces,yarn exec,yarn dlx,yarn config,yarn publish,yarn link,yarn set,yarn create,yarn plugin,
yarn global,yarn node,yarn npm: ask exec | t*
tsc,vue-tsc: run write via=response | r*
 -v,--version --noEmit -p,--project=r -w,--watch --pretty? --strict? --target= -t= -m,--module= --moduleResolution=
 --outDir=W --outFile=w --declarationDir=W --rootDir=l --baseUrl=l --jsx= --lib= --skipLibCheck? --esModuleInterop?
 --allowJs? --checkJs? --declaration? -d --emitDeclarationOnly? --sourceMap? --incremental? --tsBuildInfoFile=w
 --listFiles --listFilesOnly --showConfig --diagnostics --extendedDiagnostics --traceResolution --noErrorTruncation
 --noUnusedLocals? --noUnusedParameters? --noImplicitAny? --strictNullChecks? --resolveJsonModule? --isolatedModules?
 --forceConsistentCasingInFileNames? -b,--build --verbose --dry --force --clean!delete --init!write --generateTrace=W
 --all -h --preserveWatchOutput --noEmitOnError? --types= --composite?
eslint,oxlint,standard,xo: run read | r*
 --ext= --max-warnings= --quiet --no-eslintrc --env= --global= --rule= --ignore-pattern= --no-ignore
 --no-inline-config --report-unused-disable-directives --cache --cache-location=w --cache-strategy= --color
 --no-color --stdin --stdin-filename= -f,--format=b --no-error-on-unmatched-pattern --print-config=r --debug
 --fix-dry-run --no-warn-ignored --pass-on-no-patterns -v,--version --fix!write --fix-type= -o,--output-file=w
 --ignore-path=r -c,--config=k --plugin=t!code --parser=t!code --rulesdir=C!code --resolve-plugins-relative-to=C!code
 --parser-options= --init!exec --no-config-lookup
prettier: run read | r*
 -cl --check --list-different --write!write -w!write --parser=b --log-level= --loglevel= --no-color --color
 --ignore-unknown -u --no-config --no-editorconfig --print-width= --tab-width= --use-tabs --no-semi --single-quote
 --trailing-comma= --end-of-line= --stdin-filepath= --cache --ignore-path=r --config=k --plugin=t!code
 --find-config-path= --file-info= --support-info --version --config-precedence= --no-error-on-unmatched-pattern
biome: sub wide=read
biome check,biome lint,biome format,biome ci: run read | r*
 --write!write --apply!write --fix!write --unsafe!write --max-diagnostics= --diagnostic-level= --error-on-warnings
 --reporter=b --colors= --changed --since= --config-path=k
jest: run | a*
 -itbow -t,--testNamePattern= --watch --watchAll? --coverage? --ci --runInBand --verbose --silent --bail?
 --maxWorkers= -w= --passWithNoTests --no-cache --listTests --onlyChanged --onlyFailures --findRelatedTests
 --testPathPattern= --testPathPatterns= -u,--updateSnapshot!write --colors --no-color --color --detectOpenHandles
 --forceExit --json --outputFile=w --logHeapUsage --changedSince= --shard= --expand --errorOnDeprecated --no-coverage
 --testTimeout= --version
vitest: run sub wide=run | a*
 @vitest
@vitest:
 -t,--testNamePattern= --coverage --ui!ask --reporter=b --run --watch? --no-watch --bail= --passWithNoTests --silent?
 --changed? --shard= --retry= --no-color --hideSkippedTests --project= --pool= --testTimeout= -u,--update!write
 --logHeapUsage --sequence.shuffle --coverage.enabled? --globals --dom --isolate? --no-isolate --environment=b
 --typecheck --version -v --allowOnly --no-file-parallelism --maxWorkers=
vitest run,vitest watch,vitest related,vitest list,vitest dev: run | a*
 @vitest
mocha,ava,tap,uvu,karma,cypress,playwright: run | a*
 -bg -g,--grep= -f= -R,--reporter=b --bail --timeout= -t= --exit --recursive --watch --parallel -i --invert --color
 --no-color --check-leaks --forbid-only --version
nx,turbo,lerna,gulp,grunt,next,vite,webpack,rollup,esbuild,parcel,astro,svelte-check,nodemon,concurrently,rimraf,
cross-env,husky,lint-staged: ask run | a*
"""
