"""Our types write and read the same bytes as Unitree's own: these were written by unitree_sdk2 1.0.1."""

from __future__ import annotations

import pytest

pytest.importorskip("cyclonedds", reason="the extra 'unitree' is not installed")

from robomatrix_py.drivers.unitree import messages

REQUEST = (
    "000100000700000000000000f003000000000000000000000000000000000000010000001f0000007b2278223a20302e332c202279223a2030"
    "2e302c20227a223a20302e317d000000000000"
)
RESPONSE = "000100000700000000000000f0030000000000006a100000030000006e6f000000000000"
STATE_HEAD = (
    "000100000c0000000065cd1d000000000000803f00000000000000000000003f0000803f0000004000004040000080400000a0400000c040cdcc"
    "cc3dcdcc4c3e9a99993e280300000000003f01000000ec51b83d0000c03f000020c09a99993e0ad7a33ecdcccc3ecdccccbd000000000000803e"
    "0000803f00000040000040400000804005000600070008000000000"
)


def test_a_request_is_written_as_unitree_writes_it() -> None:
    header = messages.RequestHeader(
        messages.RequestIdentity(7, 1008), messages.RequestLease(0), messages.RequestPolicy(0, True)
    )
    request = messages.Request(header, '{"x": 0.3, "y": 0.0, "z": 0.1}', [])
    assert request.serialize().hex() == REQUEST
    assert messages.Request.deserialize(bytes.fromhex(REQUEST)) == request
    assert messages.Request.__idl__.idl_transformed_typename == "unitree_api::msg::dds_::Request_"


def test_a_response_is_read() -> None:
    response = messages.Response.deserialize(bytes.fromhex(RESPONSE))
    assert (response.header.identity.id, response.header.identity.api_id) == (7, 1008)
    assert (response.header.status.code, response.data) == (4202, "no")
    assert messages.Response.__idl__.idl_transformed_typename == "unitree_api::msg::dds_::Response_"


def test_a_state_is_written_and_read_as_unitree_does() -> None:
    imu = messages.ImuState([1.0, 0.0, 0.0, 0.5], [1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [0.1, 0.2, 0.3], 40)
    twelve = [float(i) for i in range(12)]
    points = [messages.PathPoint(float(i), 1.0, 2.0, 3.0, 4.0, 5.0, 6.0) for i in range(10)]
    state = messages.SportModeState(
        stamp=messages.TimeSpec(12, 500_000_000),
        error_code=0,
        imu_state=imu,
        mode=3,
        progress=0.5,
        gait_type=1,
        foot_raise_height=0.09,
        position=[1.5, -2.5, 0.3],
        body_height=0.32,
        velocity=[0.4, -0.1, 0.0],
        yaw_speed=0.25,
        range_obstacle=[1.0, 2.0, 3.0, 4.0],
        foot_force=[5, 6, 7, 8],
        foot_position_body=twelve,
        foot_speed_body=[-value for value in twelve],
        path_point=points,
    )
    data = state.serialize()
    assert data.hex().startswith(STATE_HEAD)
    assert len(data) == 516
    assert messages.SportModeState.deserialize(data).serialize() == data
    assert messages.SportModeState.__idl__.idl_transformed_typename == "unitree_go::msg::dds_::SportModeState_"
