"""Rust and Go."""

from typing import Final

TABLE: Final = r"""
@cargo:
 -vqr -p,--package= --workspace --all --exclude= --lib --bin? --bins --example? --examples --test? --tests --bench?
 --benches --all-targets --doc -F,--features= --all-features --no-default-features --release --profile= -j,--jobs=
 --keep-going --verbose --quiet --color= --message-format= --locked --offline --frozen --no-run --no-fail-fast
 --target=N --timings? --ignore-rust-version --future-incompat-report --target-dir=W --manifest-path=r --config=k
 -Z=t!ask --unit-graph --artifact-dir=W --lockfile-path=w --no-deps
cargo: sub wide=read,run
 -vq --verbose --quiet --locked --offline --frozen --color= -V,--version --list --config=k -C=C!ask -Z=t!ask
 --explain=
cargo build,cargo b,cargo check,cargo c,cargo test,cargo t,cargo bench,cargo doc,cargo d: run rest=a | a*
 @cargo --document-private-items --open!exec
cargo run,cargo r: run rest=a | a*
 @cargo
cargo clippy: run rest=F | a*
 @cargo --fix!write --allow-dirty!write --allow-staged!write
cargo fmt: write read rest=F | r*
 -vqp --check --all -p,--package= --verbose --quiet --message-format= --manifest-path=r
cargo nextest: sub wide=read,run
cargo nextest run,cargo nextest list: run rest=a | a*
 @cargo -E= --retries= --test-threads= --status-level= --final-status-level= --no-capture --nocapture --run-ignored=
 --success-output= --failure-output= -P=b
cargo tree,cargo metadata,cargo pkgid,cargo locate-project,cargo verify-project,cargo version,cargo help,
cargo read-manifest: read run | a*
 @cargo -d,--duplicates -i,--invert? -e,--edges= --depth= --prefix= --format-version= --no-dedupe --charset=
 -f,--format=
cargo clean: delete run
 @cargo
cargo update,cargo fetch,cargo generate-lockfile,cargo add,cargo remove,cargo rm,
cargo vendor: install net write run | b*
 @cargo --precise= --aggressive --recursive --dry-run --dev --build --optional --no-optional --rename= -w
cargo new,cargo init: write run | w
 --lib --bin --name= --edition= --vcs=b -q
cargo search,cargo info: net | b*
 --limit= -q
cargo install,cargo publish,cargo login,cargo owner,cargo yank,cargo uninstall,cargo package,cargo rustc,
cargo rustdoc,cargo fix,cargo miri,cargo expand,cargo audit,cargo deny,cargo outdated,cargo watch,cargo bloat,
cargo llvm-cov: ask run | a*
rustc: run write ask | r*
 -V,--version -vV --explain= --edition= --crate-type= -O -g -o=w --emit= --test --print=
rustfmt: write read | r*
 -ql --check --edition= --color= --config=k --config-path=k --emit=b --verbose --quiet -V,--version
rustup: sub wide=read
 -vqV --version
rustup toolchain,rustup target,rustup component: sub wide=none
rustup show,rustup toolchain list,rustup target list,rustup component list,rustup which: none | b*
 --installed -v
@go:
 -v -x -n -race -msan -asan -cover -a -work -trimpath -p= -tags= -mod=b -modcacherw -buildvcs? -buildmode=b
 -covermode= -coverpkg= -json -installsuffix=b -o=w -C=C -ldflags=J -gcflags=t!code -asmflags=t!code
 -gccgoflags=t!code -toolexec=e -exec=e -compiler=t!code -modfile=k -overlay=k -pkgdir=W -pgo=a
go: sub wide=read,run,write
go build: run write go | a*
 @go
go test: run go | a*
 @go -run= -bench= -count= -timeout= -coverprofile=w -short -failfast -parallel= -cpu= -list= -benchmem -benchtime=
 -shuffle= -skip= -c -i -vet=b -memprofile=w -cpuprofile=w -blockprofile=w -mutexprofile=w -trace=w -outputdir=W
 -fuzz= -fuzztime= -fuzzminimizetime= -vettool=e -memprofilerate= -fullpath -args!ask
go vet: run go | a*
 @go -c= -vettool=e -printf -copylocks -shadow -unusedresult -structtag -assign -atomic -bools -nilfunc -unreachable
go fmt: write go | a*
 -n -x -mod=b
gofmt,goimports,gofumpt: write read | r*
 -ldswe -r= -local= -extra
go list,go doc,go version,go mod graph,go mod why,go mod verify,go help: read run go | a*
 @go -m -f= -json? -e -deps -test -compiled -export -find -versions!net -u!net -all -src -short -cmd -c
go env: read go | t*
 -json -changed -w!config -u!config
go mod: sub wide=read,run
go mod tidy,go mod download,go mod vendor,go mod init,go mod edit,go get: install net write run go | b*
 -v -x -e -u? -t -go= -compat= -diff -json -d -m -require= -droprequire= -replace=t!ask -dropreplace= -fmt -print
go run: run go via=gorun | a*
 @go
go clean: delete run go | a*
 -i -r -n -x -cache -testcache -modcache -fuzzcache
go install,go generate,go tool,go work,go bug,go fix,go telemetry: ask run | a*
staticcheck,gotestsum,govulncheck: run | a*
 -v --version -f=b --format=b --timeout= --fast -E= -D= --enable= --disable= --fix!write
golangci-lint: sub wide=read
 -v --version
golangci-lint run: run | a*
 -v -f=b --timeout= --fast -E= -D= --enable= --disable= --fix!write --no-config
dlv,air,mage,task,just,goreleaser: ask run | a*
"""
