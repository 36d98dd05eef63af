"""Programs that show, list, make, copy, move and remove files."""

from typing import Final

TABLE: Final = r"""
cat: read | r*
 -AbeEnstTuv --show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs --show-nonprinting
tac: read | r*
 -b --before -r --regex -s,--separator=
nl: read | r*
 -p --no-renumber -b,--body-numbering= -d,--section-delimiter= -f,--footer-numbering= -h,--header-numbering=
 -i,--line-increment= -l,--join-blank-lines= -n,--number-format= -s,--number-separator= -v,--starting-line-number=
 -w,--number-width=
head: read | r*
 -n,--lines= -c,--bytes= -q,--quiet -v,--verbose -z,--zero-terminated --silent -#
tail: read | r*
 -n,--lines= -c,--bytes= -q,--quiet -v,--verbose -z,--zero-terminated --silent -# -f,--follow~ -F --retry
 -s,--sleep-interval= --pid= --max-unchanged-stats=
less: read via=pager | r*
 -NSRrFXiIMmGgJEenQqsuUwW~ -x= -p= -P= --chop-long-lines --no-init --quit-if-one-screen --RAW-CONTROL-CHARS -o=w -O=w
 -k=k --LINE-NUMBERS
more: read via=pager | r*
 -dflcpsu -n= -#
bat,batcat: read | r*
 -ApnPfuSd --plain --number --paging= -l,--language= -r,--line-range= --style= --color= --theme= --wrap= --tabs=
 -H,--highlight-line= --terminal-width= --show-all --no-pager --pager=e --decorations= --italic-text= --file-name=
 --diff
wc: read | r*
 -cmlwL --bytes --chars --lines --words --max-line-length --total= --files0-from=t!outside
ls: read | l*
 -aAbBcCdDfFgGhHiklLmnNopqQrRsStuUvxXZ1 -I,--ignore= -w,--width= -T,--tabsize= --all --almost-all --author --escape
 --block-size= --ignore-backups --color? --directory --dired --classify? --file-type --format= --full-time
 --group-directories-first --no-group --human-readable --si --dereference-command-line --hide= --hyperlink?
 --indicator-style= --inode --kibibytes --numeric-uid-gid --literal --hide-control-chars --show-control-chars
 --quote-name --quoting-style= --reverse --recursive --size --sort= --time= --time-style= --context --zero
 --dereference
dir,vdir: read | l*
 -aAbBcCdDfFgGhHiklLmnNopqQrRsStuUvxX1 --all --color?
eza,exa: read | l*
 -1lGxRTFaAdrsbBghHimSuUnDf --all --long --tree -L,--level= --git --git-ignore -I,--ignore-glob= -s,--sort= --color=
 --icons? --group-directories-first --no-user --no-time --no-permissions --no-filesize --only-dirs --header --oneline
 --reverse --recurse
tree: read | l*
 -adfilxQNqpsuhgDFvtcUrCnAJSX -L= -P= -I= -H= -T= -R!write -o=w --filelimit= --charset= --timefmt= --noreport
 --dirsfirst --filesfirst --du --prune --si --inodes --device --matchdirs --ignore-case --nolinks --sort? --gitignore
 --gitfile=r --infofile=r --fromfile!outside --metafirst --hintro=r --houtro=r --info
stat: read | l*
 -LftZ -c,--format= --printf= --dereference --file-system --terse --cached=
file: read | r*
 -bhiklLNnpr0EsS -z!exec -Z!exec --brief --mime --mime-type --mime-encoding --keep-going --dereference --no-dereference
 --extension --no-pad --print0 -m,--magic-file=r -f,--files-from=t!outside -C,--compile!write -F,--separator=
 -e,--exclude= -P,--parameter=
du: read | l*
 -0abchklmsxLHDPS -d,--max-depth= -t,--threshold= -B,--block-size= -X,--exclude-from=r --exclude= --all
 --apparent-size --bytes --total --human-readable --si --summarize --inodes --one-file-system --time? --time-style=
 --separate-dirs --dereference --count-links --null --files0-from=t!outside
df: read | l*
 -ahHiklPTm -B,--block-size= -t,--type= -x,--exclude-type= --all --human-readable --si --inodes --local --output?
 --portability --print-type --total --no-sync
basename: none | t*
 -a,--multiple -s,--suffix= -z,--zero
dirname: none | t*
 -z,--zero
realpath: read | l*
 -emLPqsz --canonicalize-existing --canonicalize-missing --logical --physical --quiet --strip --no-symlinks --zero
 --relative-to=l --relative-base=l
readlink: read | l*
 -femnqsvz --canonicalize --canonicalize-existing --canonicalize-missing --no-newline --quiet --silent --verbose
 --zero
mkdir: write | W*
 -pv --parents --verbose -m,--mode=
rmdir: delete | d*
 -pv --parents --verbose --ignore-fail-on-non-empty
touch: write | w*
 -acfm -d,--date= -t= -r,--reference=l -h,--no-dereference --time= --no-create
cp: read write via=copy | r* w
 -finpuvxPdT -L,--dereference!follow -H!follow -r,--recursive!tree -R!tree -a,--archive!tree -b,--backup~
 -S,--suffix=S -t,--target-directory=w -l!ask -s!ask --force --interactive --no-clobber --update? --verbose
 --no-dereference --no-target-directory --parents --preserve? --no-preserve= --one-file-system
 --strip-trailing-slashes --remove-destination!delete --reflink? --sparse= --attributes-only
mv: write via=copy | m* w
 -finuvT -b,--backup~ -S,--suffix=S -t,--target-directory=w --force --interactive --no-clobber --update? --verbose
 --no-target-directory --strip-trailing-slashes
install: write via=copy | r* w
 -CcDpsv -d!ask -m,--mode= -t,--target-directory=w --strip-program=e -T --verbose --compare
rm: delete via=remove | d*
 -f,--force -i -I -v,--verbose -d,--dir -r,--recursive!tree -R!tree --interactive? --one-file-system --preserve-root?
 --no-preserve-root!ask --dir
unlink: delete | d
shred: delete | d*
 -fuvxz -n,--iterations= -s,--size= --remove?
ln: write via=link | r* w
 -finTvLPd -s,--symbolic -r,--relative -b,--backup~ -S,--suffix=S -t,--target-directory=w --force
 --no-target-directory --verbose --no-dereference --interactive --logical --physical
chmod: write | t w*
 -cfv -R,--recursive!ask --reference=l --changes --quiet --silent --verbose --preserve-root --no-preserve-root!ask
chown,chgrp: write | t w*
 -cfvhHLP -R,--recursive!ask --reference=l --from= --changes --quiet --verbose --no-dereference --dereference
truncate: write delete | w*
 -co -s,--size= -r,--reference=l --no-create --io-blocks
mktemp: write ask | t*
 -dqut -p,--tmpdir? --directory --dry-run --suffix=
tee: write | w*
 -aip --append --ignore-interrupts --output-error?
dd: read raw via=dd | t*
split: read write ask | r w
 -de -a,--suffix-length= -b,--bytes= -C,--line-bytes= -l,--lines= -n,--number= -x -u -v --additional-suffix=
 --numeric-suffixes? --hex-suffixes? --elide-empty-files --verbose --filter=c!exec -t,--separator=
csplit: read write ask | r t*
 -kqsz -f,--prefix=w -b,--suffix-format= -n,--digits= --keep-files --quiet --elide-empty-files
mkfifo,mknod: write ask | w*
 -m,--mode=
sync: none | l*
 -df --data --file-system
code,vim,vi,nano,emacs,open,xdg-open: ask run host | a*
"""
