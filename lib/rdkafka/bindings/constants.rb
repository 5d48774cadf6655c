# frozen_string_literal: true

module Rdkafka
  module Bindings
    # @!group Response codes
    # A request, or a message, took too long
    RD_KAFKA_RESP_ERR__TIMED_OUT = -185
    RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS = -175 # In a rebalance: partitions are to be taken
    RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS = -174 # In a rebalance: partitions are to be given up
    RD_KAFKA_RESP_ERR__STATE = -172 # Not possible in this state
    RD_KAFKA_RESP_ERR__NOENT = -156 # There is no such thing
    RD_KAFKA_RESP_ERR__FATAL = -150 # Marker: the client has a fatal error, see {extract_fatal_error}
    RD_KAFKA_RESP_ERR_NO_ERROR = 0 # Success

    # @!group Partitions and offsets
    # No partition
    RD_KAFKA_PARTITION_UA = -1
    RD_KAFKA_PARTITION_UA_STR = RD_KAFKA_PARTITION_UA.to_s.freeze # Key of {RD_KAFKA_PARTITION_UA} in statistics
    RD_KAFKA_OFFSET_END = -1 # Behind the last message
    RD_KAFKA_OFFSET_BEGINNING = -2 # The first message that is there
    RD_KAFKA_OFFSET_STORED = -1000 # What the group has committed
    RD_KAFKA_OFFSET_INVALID = -1001 # No offset

    # @!group Admin operations
    # Create topics
    RD_KAFKA_ADMIN_OP_CREATETOPICS = 1
    RD_KAFKA_ADMIN_OP_DELETETOPICS = 2 # Delete topics
    RD_KAFKA_ADMIN_OP_CREATEPARTITIONS = 3 # Add partitions to topics
    RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS = 5 # Describe configurations
    RD_KAFKA_ADMIN_OP_DELETERECORDS = 6 # Delete records before an offset
    RD_KAFKA_ADMIN_OP_DELETEGROUPS = 7 # Delete groups
    RD_KAFKA_ADMIN_OP_DELETECONSUMERGROUPOFFSETS = 8 # Delete offsets of a group
    RD_KAFKA_ADMIN_OP_CREATEACLS = 9 # Create ACLs
    RD_KAFKA_ADMIN_OP_DESCRIBEACLS = 10 # Describe ACLs
    RD_KAFKA_ADMIN_OP_DELETEACLS = 11 # Delete ACLs
    RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS = 12 # List groups
    RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS = 13 # Describe groups
    RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS = 15 # Alter offsets of a group
    RD_KAFKA_ADMIN_OP_INCREMENTALALTERCONFIGS = 16 # Alter single options
    RD_KAFKA_ADMIN_OP_DESCRIBETOPICS = 19 # Describe topics
    RD_KAFKA_ADMIN_OP_DESCRIBECLUSTER = 20 # Describe the cluster
    RD_KAFKA_ADMIN_OP_LISTOFFSETS = 21 # List offsets

    # @!group Event types (one has a name of its own, kept for callers)
    # Topics were created
    RD_KAFKA_EVENT_CREATETOPICS_RESULT = 100
    RD_KAFKA_EVENT_DELETETOPICS_RESULT = 101 # Topics were deleted
    RD_KAFKA_ADMIN_OP_CREATEPARTITIONS_RESULT = 102 # Partitions were created
    RD_KAFKA_EVENT_DESCRIBECONFIGS_RESULT = 104 # Configurations are described
    RD_KAFKA_EVENT_DELETERECORDS_RESULT = 105 # Records were deleted
    RD_KAFKA_EVENT_DELETEGROUPS_RESULT = 106 # Groups were deleted
    RD_KAFKA_EVENT_DELETECONSUMERGROUPOFFSETS_RESULT = 107 # Offsets of a group were deleted
    RD_KAFKA_EVENT_CREATEACLS_RESULT = 1024 # ACLs were created
    RD_KAFKA_EVENT_DESCRIBEACLS_RESULT = 2048 # ACLs are described
    RD_KAFKA_EVENT_DELETEACLS_RESULT = 4096 # ACLs were deleted
    RD_KAFKA_EVENT_LISTCONSUMERGROUPS_RESULT = 8192 # Groups are listed
    RD_KAFKA_EVENT_DESCRIBECONSUMERGROUPS_RESULT = 16_384 # Groups are described
    RD_KAFKA_EVENT_ALTERCONSUMERGROUPOFFSETS_RESULT = 65_536 # Offsets of a group were altered
    RD_KAFKA_EVENT_INCREMENTALALTERCONFIGS_RESULT = 131_072 # Configurations were altered
    RD_KAFKA_EVENT_DESCRIBETOPICS_RESULT = 1_048_576 # Topics are described
    RD_KAFKA_EVENT_DESCRIBECLUSTER_RESULT = 2_097_152 # The cluster is described
    RD_KAFKA_EVENT_LISTOFFSETS_RESULT = 4_194_304 # Offsets are listed

    # @!group Alterations of configurations
    # Set the value
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_SET = 0
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_DELETE = 1 # Return to the default
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_APPEND = 2 # Add to a list
    RD_KAFKA_ALTER_CONFIG_OP_TYPE_SUBTRACT = 3 # Take out of a list

    # @!group Isolation levels
    # See messages of open and aborted transactions, too
    RD_KAFKA_ISOLATION_LEVEL_READ_UNCOMMITTED = 0
    RD_KAFKA_ISOLATION_LEVEL_READ_COMMITTED = 1 # See only committed messages

    # @!group Offset specifications
    # Offset of the latest timestamp
    RD_KAFKA_OFFSET_SPEC_MAX_TIMESTAMP = -3
    RD_KAFKA_OFFSET_SPEC_EARLIEST = -2 # First offset
    RD_KAFKA_OFFSET_SPEC_LATEST = -1 # Offset behind the last message

    # @!group Producing and purging
    # End of the arguments
    RD_KAFKA_VTYPE_END = 0
    RD_KAFKA_VTYPE_TOPIC = 1 # Topic by name
    RD_KAFKA_VTYPE_RKT = 2 # Topic by handle
    RD_KAFKA_VTYPE_PARTITION = 3 # Partition
    RD_KAFKA_VTYPE_VALUE = 4 # Payload with size
    RD_KAFKA_VTYPE_KEY = 5 # Key with size
    RD_KAFKA_VTYPE_OPAQUE = 6 # Pointer for the delivery report
    RD_KAFKA_VTYPE_MSGFLAGS = 7 # `RD_KAFKA_MSG_F_*`
    RD_KAFKA_VTYPE_TIMESTAMP = 8 # Ms since the epoch
    RD_KAFKA_VTYPE_HEADER = 9 # One header
    RD_KAFKA_VTYPE_HEADERS = 10 # List of headers
    RD_KAFKA_PURGE_F_QUEUE = 1 # Give up what waits in queues
    RD_KAFKA_PURGE_F_INFLIGHT = 2 # Give up what is under way
    RD_KAFKA_MSG_F_COPY = 2 # Copy the payload

    # @!group Resources
    # Any kind, in filters
    RD_KAFKA_RESOURCE_ANY = 1
    RD_KAFKA_RESOURCE_TOPIC = 2 # Topic
    RD_KAFKA_RESOURCE_GROUP = 3 # Group
    RD_KAFKA_RESOURCE_BROKER = 4 # Broker, or the cluster in ACLs
    RD_KAFKA_RESOURCE_TRANSACTIONAL_ID = 5 # Transactional id

    # @!group Resource patterns
    # Not known to this release
    RD_KAFKA_RESOURCE_PATTERN_UNKNOWN = 0
    RD_KAFKA_RESOURCE_PATTERN_ANY = 1 # Any kind, in filters
    RD_KAFKA_RESOURCE_PATTERN_MATCH = 2 # Whatever applies to the name, in filters
    RD_KAFKA_RESOURCE_PATTERN_LITERAL = 3 # The name itself, `*` for all
    RD_KAFKA_RESOURCE_PATTERN_PREFIXED = 4 # Names that begin so

    # @!group ACL operations and permissions
    # Any, in filters
    RD_KAFKA_ACL_OPERATION_ANY = 1
    RD_KAFKA_ACL_OPERATION_ALL = 2 # All of them
    RD_KAFKA_ACL_OPERATION_READ = 3 # Read
    RD_KAFKA_ACL_OPERATION_WRITE = 4 # Write
    RD_KAFKA_ACL_OPERATION_CREATE = 5 # Create
    RD_KAFKA_ACL_OPERATION_DELETE = 6 # Delete
    RD_KAFKA_ACL_OPERATION_ALTER = 7 # Alter
    RD_KAFKA_ACL_OPERATION_DESCRIBE = 8 # Describe
    RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION = 9 # What brokers do among themselves
    RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS = 10 # Describe configurations
    RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS = 11 # Alter configurations
    RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE = 12 # Produce idempotently
    RD_KAFKA_ACL_PERMISSION_TYPE_ANY = 1 # Any, in filters
    RD_KAFKA_ACL_PERMISSION_TYPE_DENY = 2 # Deny
    RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW = 3 # Allow

    # @!group Consumer groups
    # Not known to this release
    RD_KAFKA_CONSUMER_GROUP_STATE_UNKNOWN = 0
    RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE = 1 # Members are joining
    RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE = 2 # Partitions are being assigned
    RD_KAFKA_CONSUMER_GROUP_STATE_STABLE = 3 # Members consume
    RD_KAFKA_CONSUMER_GROUP_STATE_DEAD = 4 # It does not exist
    RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY = 5 # Without members
    RD_KAFKA_CONSUMER_GROUP_TYPE_UNKNOWN = 0 # Not known to this release
    RD_KAFKA_CONSUMER_GROUP_TYPE_CONSUMER = 1 # The broker assigns (KIP-848)
    RD_KAFKA_CONSUMER_GROUP_TYPE_CLASSIC = 2 # A member assigns

    # @!group Delivery status
    # Certainly not stored
    RD_KAFKA_MSG_STATUS_NOT_PERSISTED = 0
    RD_KAFKA_MSG_STATUS_POSSIBLY_PERSISTED = 1 # Sent, and nothing known
    RD_KAFKA_MSG_STATUS_PERSISTED = 2 # Stored

    # @!group Acknowledgements of share consumers
    # Processed
    RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_ACCEPT = 1
    RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_RELEASE = 2 # Give it to a member again
    RD_KAFKA_SHARE_ACKNOWLEDGE_TYPE_REJECT = 3 # Never deliver it again

    # @!group Other names that callers know
    # Bytes of a text that librdkafka writes
    FATAL_ERROR_BUFFER_SIZE = 256
    EMPTY_HASH = {}.freeze # Stands for no options
    # librdkafka's functions by the names of {Producer#produce}'s `partitioner:`
    PARTITIONERS = %w[random consistent consistent_random murmur2 murmur2_random fnv1a fnv1a_random]
      .to_h { |name| [name, :"rd_kafka_msg_partitioner_#{name}"] }.freeze
  end
end
