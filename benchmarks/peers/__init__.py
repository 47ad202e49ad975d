"""The servers under test. To add one, subclass `base.Peer` and list it in `PEERS`."""

from benchmarks.peers.base import Peer
from benchmarks.peers.channels_recipe import ChannelsRecipe
from benchmarks.peers.mosquitto import Mosquitto
from benchmarks.peers.nats import NatsTcp, NatsWebSocket
from benchmarks.peers.nchan import Nchan
from benchmarks.peers.socket_io import SocketIo
from benchmarks.peers.stickyboard import Stickyboard
from benchmarks.peers.uwebsockets import UWebSockets

OURS = Stickyboard.name
NATS = (NatsTcp.name, NatsWebSocket.name)
PEERS: dict[str, type[Peer]] = {
    peer.name: peer
    for peer in (Stickyboard, NatsTcp, NatsWebSocket, Nchan, Mosquitto, SocketIo, UWebSockets, ChannelsRecipe)
}
