package io.penstock.s3;

/// The transport over the JDK's sockets keeps the contract.
class NioTransportTest extends GetTransportContractTest {
  @Override
  GetTransport open(GetTransport.Parts parts) {
    return NioTransport.open(parts);
  }
}
