"""Make and other builders."""

from typing import Final

TABLE: Final = r"""
make,gmake,bmake: run via=make | v*
 -sknBiqrRwdS -j,--jobs? -C,--directory=C --silent --quiet --keep-going --dry-run --just-print --recon --always-make
 --ignore-errors --question --no-builtin-rules --no-builtin-variables --print-directory --no-print-directory --debug?
 -l,--load-average? -O,--output-sync? --trace -o,--old-file= -W,--what-if= --no-keep-going -t,--touch!write
 -p,--print-data-base --warn-undefined-variables -f,--file,--makefile=r!code -I,--include-dir=C!code -E,--eval=c!exec
 --shuffle? -v,--version -e,--environment-overrides!config
cmake: run write | a*
 -B=W -S=l -G= -D=v --build=l --target= -t= --config= -j,--parallel? --clean-first!delete --verbose -v
 --install=l!ask --fresh!delete --version :-Wno-dev :-Wdev --preset=b --list-presets -L -P=r!code -C=r!code -E=t!exec
 --toolchain=r!code -U=t!ask --log-level= --workflow
ctest: run | t*
 -VQNjF --output-on-failure -R= -E= -L= :-LE= -j,--parallel= --test-dir=l --verbose --rerun-failed --timeout=
 --stop-on-failure --schedule-random --progress --show-only?
ninja,samu: run | t*
 -vn -d= -C=C -j= -k= -l= -t=!ask --verbose --quiet --version
meson: sub wide=read
meson setup,meson compile,meson test,meson configure,meson introspect: run write | a*
 -C=C -v --verbose -j= --suite= --buildtype= --reconfigure --wipe!delete --print-errorlogs -D=v
bazel,bazelisk,buck,buck2,pants: ask run | a*
mvn: run via=goals | t*
 -qoBeUXT -D=v :-pl= :-am --batch-mode --quiet --offline --errors -P= -v,--version :-ntp --no-transfer-progress -T=
 --fail-at-end --fail-fast -N
gradle: run via=goals | t*
 -qisSd --info --stacktrace --offline --quiet --no-daemon --tests= --console= --parallel --continue --rerun-tasks
 --build-cache --no-build-cache -x= -v,--version --warning-mode= -P=v -D=v
ant,sbt,lein,rake,bundle,mix,stack,cabal,swift,zig,nimble,composer,flutter,dart: ask run | a*
dotnet: sub wide=read,run
 --version --info
dotnet build,dotnet test: run | r*
 -c,--configuration= --no-restore --no-build -v= --nologo --filter=
gcc,g++,cc,c++,clang,clang++,c99: run write via=compiler | r*
 -cSEgvwO -o=w :-Wall :-Wextra :-Werror :-Wpedantic -O? :-std= -D= -U= -I=l -L=l -l= -f? -m? -W? -g? -M? -x=
 :-pedantic :-pthread :-shared :-static :-pipe --version -v
ld,as,ar,nm,objdump,readelf,size,strip,ranlib: ask read | r*
javac: run write | r*
 -d=W -g :-nowarn :-version --version :-Xlint
java: run ask | a*
 :-version --version
clang-format: read write | r*
 -in --dry-run -n --Werror --style=t!ask :-style=t!ask --verbose --version
clang-tidy,cppcheck: ask run | r*
shellcheck: read | r*
 -axC -s,--shell= -f,--format= -e,--exclude= -i,--include= -S,--severity= -V,--version --color?
 -P,--source-path=l!outside --external-sources!outside --norc -W=
shfmt: read | r*
 -lds -w!write --list --diff -i= :-ln= :-bn :-ci :-sr --version
hadolint,yamllint,actionlint,markdownlint,taplo,codespell,typos: read | r*
 -sfqw --version --strict --format=b -f=b
protoc,buf,sqlfluff,helm,ansible,ansible-playbook,packer,pulumi: ask run | a*
terraform,tofu: sub wide=read
 :-version -v,--version
terraform validate,tofu validate,terraform version,tofu version,terraform providers: run go | t*
 -json -no-color
terraform fmt,tofu fmt: write go | r*
 -check -diff -recursive -no-color -write? -list?
terraform plan,tofu plan: run net go
 -no-color -compact-warnings -detailed-exitcode -refresh? -target= -lock? -input? -out=w -parallelism=
"""
