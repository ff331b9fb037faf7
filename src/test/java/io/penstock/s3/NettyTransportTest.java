package io.penstock.s3;

/// The transport over Netty keeps the contract.
class NettyTransportTest extends GetTransportContractTest {
  @Override
  GetTransport open(GetTransport.Parts parts) {
    return NettyTransport.open(parts);
  }
}
