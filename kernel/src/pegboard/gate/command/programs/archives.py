"""Archives and compression."""

from typing import Final

TABLE: Final = r"""
tar,bsdtar,gtar: read via=tar | t*
 -ctxruAdvzjJZpkmPwOSWhlBGgisn -f,--file=t -C,--directory=C -T,--files-from=r!outside -X,--exclude-from=r --exclude=
 --list --create --extract --get --append --update --verbose --gzip --gunzip --ungzip --bzip2 --xz --zstd --lzma
 --lzip --auto-compress -a --strip-components= --wildcards --no-wildcards --anchored --totals? --numeric-owner
 --owner= --group= --mode= --mtime= --sort= --format= --exclude-vcs --exclude-vcs-ignores --same-permissions
 --no-same-owner --no-same-permissions --keep-old-files --skip-old-files --one-top-level? --show-transformed-names
 --full-time --to-stdout -N= -b= -L= -K= -V= --null -h,--dereference!outside -P,--absolute-names!ask
 -I,--use-compress-program=e --to-command=c!exec --checkpoint? --checkpoint-action=c!exec --rmt-command=e
 --rsh-command=e -F,--info-script=e --new-volume-script=e --index-file=w --one-file-system --warning=
 --transform,--xform=t!ask -g,--listed-incremental=w --remove-files!delete --delete!delete --overwrite!delete
 --unlink-first!delete --recursive-unlink!delete --force-local --add-file=r --volno-file=w -M!ask --multi-volume!ask
 -i,--ignore-zeros
zip: write read | w R*
 -rqjvuoXy9D0 -T!exec -x=Y -i=Y -e -P= --unzip-command=e -m!delete -d!delete -# -r!tree -b=W -@!outside -O=w --out=w
 -n=
unzip: read via=unzip | r t*
 -lvtZpqqaCjL -x= -d=W -o!write -n!write -u!write -f!write -P=
zipinfo,unrar,7z,7za,7zr,rar,ar2,cpio,pax: ask write read | t*
gzip,gunzip,bzip2,bunzip2,xz,unxz,zstd,unzstd,lz4,lzma,brotli,compress: write delete via=gzip | m*
 -dcklfvqtn123456789rNT -S=t!ask -o=w -T? --keep --stdout --decompress --list --test --verbose --force --best --fast
 --quiet --rm -#
"""
