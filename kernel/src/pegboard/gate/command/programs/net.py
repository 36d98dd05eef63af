"""Programs that speak to other machines."""

from typing import Final

TABLE: Final = r"""
curl: net via=curl | u*
 -sSfiIvN#046 -V,--version --silent --show-error --fail --fail-with-body --fail-early --include --head --verbose
 --no-buffer --progress-bar --no-progress-meter --compressed --http1.0 --http1.1 --http2 --http3 --ipv4 --ipv6
 --tlsv1.2 --tlsv1.3 -m,--max-time= --connect-timeout= --retry= --retry-delay= --retry-max-time= --retry-connrefused
 --retry-all-errors -y,--speed-time= -Y,--speed-limit= --max-filesize= --limit-rate= -w,--write-out=Y
 -A,--user-agent=t!send -H,--header=H -X,--request=X -o,--output=w --output-dir=W -O,--remote-name!write
 -J,--remote-header-name!write --remote-name-all!write --create-dirs!write --url=u -G,--get!ask -L,--location!ask
 --location-trusted!ask --max-redirs= --path-as-is!ask -g,--globoff -k,--insecure!ask -d,--data=t!send
 --data-raw=t!send --data-binary=t!send --data-ascii=t!send --data-urlencode=t!send --json=t!send --url-query=t!send
 -F,--form=t!send --form-string=t!send -T,--upload-file=r!send -b,--cookie=t!send -c,--cookie-jar=w -u,--user=t!send
 -e,--referer=t!send --oauth2-bearer=t!send -n,--netrc!secret --netrc-file=r!secret --netrc-optional!secret
 -K,--config=r!config -x,--proxy=t!ask --preproxy=t!ask --socks5=t!ask --socks5-hostname=t!ask --resolve=t!ask
 --connect-to=t!ask --unix-socket=t!ask --abstract-unix-socket=t!ask --interface=t!ask -E,--cert=r!ask --key=r!ask
 --cacert=r!ask --capath=r!ask -D,--dump-header=w --trace=w --trace-ascii=w --stderr=w --etag-save=w
 --etag-compare=r!send --libcurl=w --hsts=w!ask --alt-svc=w!ask -Q,--quote=t!send -q,--disable -Z,--parallel
 --dns-servers=t!ask --doh-url=t!ask --engine=t!code --krb=t!ask --mail-from=t!send --mail-rcpt=t!send
 --proxy-header=t!send -r,--range= -C,--continue-at= -t,--telnet-option=t!ask -z,--time-cond=t!ask --proto=t!ask
 -R,--remote-time -a,--append!write -B,--use-ascii -l,--list-only --next!ask -:,--next!ask
wget,wget2: net write ask | u*
 -qScO -O,--output-document=w -P,--directory-prefix=W --spider --post-file=r!send --post-data=t!send --header=t!send
 -r!ask -m!ask -i,--input-file=r!ask -e,--execute=t!config --use-askpass=e -o,--output-file=w -a,--append-output=w
 -q,--quiet -nv --no-check-certificate!ask -T,--timeout= -t,--tries=
http,https,xh,httpie,aria2c,lynx,w3m,links,elinks: net ask | t*
ping,ping6,traceroute,tracepath,mtr,dig,nslookup,host,whois,drill,resolvectl,getent,arp,nmap: net ask raw | t*
nc,ncat,netcat,socat,telnet,ftp,sftp,tftp,openssl,mail,sendmail,mutt,swaks: send host ask raw | t*
ssh,mosh,autossh: send host posix via=ssh | h c*
 -4 -6 -A -C -N -T -f -n -q -t -v -V -x -X -b= -c= -D= -e= -F=r!config -i=r -I=t!code -J=h -L= -l= -m= -o=k -p= -R=
 -S= -W= -w= -B= -E=w -K -k -M -Y -y -G
scp: send host ask | a*
 -rpqC3 -P= -i=r -o=k -S=e -F=r!config -J=h -l=
rsync: read write via=rsync | R* w
 -vazrnuhitHAXSWxPcCmbqpogDlEIdJ -L!ask -k!ask -e,--rsh=e --archive --verbose --dry-run --progress --delete!delete
 --delete-after!delete --delete-before!delete --delete-excluded!delete --exclude= --include= --exclude-from=r
 --include-from=r --stats --checksum --compress --recursive --update --times --perms --links --human-readable
 --itemize-changes --partial --inplace --size-only --existing --ignore-existing --max-size= --min-size= --info=
 --rsync-path=e --files-from=r!outside --password-file=r!ask --log-file=w --backup-dir=W --temp-dir=W -T=W
 --remove-source-files!delete --filter=t!ask -f=t!ask -M,--remote-option=t!ask --write-batch=w --only-write-batch=w
 --read-batch=r!ask --config=t!ask --daemon!ask --copy-links!ask --copy-dest=r --link-dest=r --compare-dest=r
 --bwlimit=
ssh-keygen,ssh-add,ssh-agent,ssh-copy-id,ssh-keyscan,gpg,gpg2,age,pass,security,secret-tool,
keyring: ask secret host raw | t*
aws,gcloud,az,doctl,heroku,flyctl,vercel,netlify,wrangler,firebase,s3cmd,rclone: send host ask raw | t*
psql,mysql,mysqldump,sqlite3,redis-cli,mongosh,mongo,duckdb: exec host ask raw | a*
crontab,at,batch,systemd-run,logger,wall,write,mount,umount,chroot,insmod,modprobe,sysctl,iptables,nft,useradd,
usermod,passwd,chpasswd,visudo,update-alternatives,ldconfig: config host ask raw | t*
apt,apt-get,dpkg,brew,dnf,yum,pacman,apk,snap,flatpak,gem,conda,mamba,nix,nix-shell,nix-env,cpan,luarocks,opam,ghcup,
sdk,asdf,mise: install host ask raw | t*
"""
