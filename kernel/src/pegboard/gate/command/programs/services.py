"""Containers, clusters and services of the system: what can be looked at."""

from typing import Final

TABLE: Final = r"""
docker,podman,nerdctl: sub wide=read,host
 -v,--version -H,--host=t!ask -c,--context=t!ask --config=C!config -l= -D --debug --tlscacert=r!ask
docker logs,docker container logs,podman logs,nerdctl logs: read host | t*
 -ft -n= --follow --timestamps --details --tail= --since= --until=
docker ps,docker images,docker version,docker info,docker stats,docker top,docker port,docker diff,docker history,
docker inspect,docker container ls,docker container list,docker container ps,docker image ls,
docker network ls,docker volume ls,docker network inspect,docker volume inspect,
docker image inspect,docker container inspect,docker system df,docker search,docker events,podman ps,podman images,
podman version,podman info,podman inspect,nerdctl ps,nerdctl images: read host | t*
 -aqnslftz --all --quiet --no-trunc --format= -f,--filter= -n,--last= --size --latest --digests --tree --tail=
 --since= --until= --follow --timestamps --details --no-stream --type= --human --limit=
docker container,docker image,docker network,docker volume,docker system,docker context,docker builder,
docker buildx: sub wide=read,host
docker context ls,docker buildx ls,docker builder ls: read host
docker compose,podman compose: sub wide=read,host
 --profile= --ansi= --progress=
docker compose ps,docker compose logs,docker compose top,docker compose images,docker compose ls,
docker compose version,docker compose port: read host | t*
 -aqft --all --quiet --tail= --follow --no-color --services --format= --status= --since= --until= --timestamps
 --no-log-prefix --filter= -n=
docker build,docker run,docker exec,docker cp,docker pull,docker push,docker rm,docker rmi,docker start,docker stop,
docker restart,docker kill,docker login,docker tag,docker save,docker load,docker commit,docker export,docker import,
docker create,docker attach,docker system prune,docker compose up,docker compose down,docker compose build,
docker compose exec,docker compose run,docker compose config,docker-compose: exec host ask raw | t*
kubectl,oc: sub wide=read,host
kubectl get,kubectl describe,kubectl top,kubectl version,kubectl cluster-info,kubectl api-resources,kubectl explain,
kubectl api-versions,oc get,oc describe: net host via=kubectl | t*
 -Aw -f,--filename=r!ask -n,--namespace= -o,--output=t -l,--selector= --all-namespaces --show-labels --watch
 --sort-by= --field-selector= -c,--container= --no-headers --recursive --client --short --limit=
kubectl logs,oc logs: net host via=kubectl | t*
 -fp -n,--namespace= -l,--selector= --tail= --since= --follow -c,--container= --previous --timestamps
 --all-containers --limit-bytes=
kubectl explain,kubectl api-versions,oc get,oc describe,oc logs: net host via=kubectl | t*
 -Awfp -n,--namespace= -o,--output=t -l,--selector= --all-namespaces --all-containers --show-labels --watch
 --sort-by= --field-selector= --tail= --since= --follow -c,--container= --previous --timestamps --no-headers
 --recursive --client --short --limit=
kubectl config current-context,kubectl config get-contexts: read host
kubectl config: sub wide=read,host
kubectl apply,kubectl delete,kubectl exec,kubectl run,kubectl create,kubectl edit,kubectl patch,kubectl scale,
kubectl rollout,kubectl port-forward,kubectl cp,kubectl proxy,kubectl drain,kubectl set,kubectl label,
kubectl annotate,kubectl replace,kubectl attach,kubectl debug,kubectl config view: exec host ask raw | t*
systemctl: sub wide=read,host
 --no-pager --user
systemctl status,systemctl is-active,systemctl is-enabled,systemctl list-units,systemctl show,systemctl cat,
systemctl list-timers: read host | t*
 -aln --no-pager --all --type= --state= --failed --user --lines= --output= -n= -o= -p=
journalctl,dmesg: read host ask | t*
"""
