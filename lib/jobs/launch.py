"""``accelerate launch`` for the processes of one run, on the loopback alone. A composition root.

``python -m lib.jobs.launch`` takes the arguments of ``accelerate launch``. The port at which the processes meet is
chosen here and held from then on. Left to itself, torch would listen there on every network of the machine, and whoever
can reach it could meddle with the training.
"""

import functools
import socket
import sys

from lib.jobs.processes import die_with_parent


def main() -> None:
    """Start the processes and wait for their end; nothing of them outlives the worker."""
    die_with_parent()
    from accelerate.commands.launch import main as launch
    from torch.distributed import TCPStore
    from torch.distributed.elastic.rendezvous import static_tcp_rendezvous

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        static_tcp_rendezvous.TCPStore = functools.partial(TCPStore, master_listen_fd=listener.detach())
    sys.argv[1:1] = ["--main_process_ip", "127.0.0.1", "--main_process_port", str(port)]
    launch()


if __name__ == "__main__":
    main()
