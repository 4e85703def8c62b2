using System.Collections.Immutable;
using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Millrace.Engine.Blobs;
using Millrace.Engine.Nodes;
using Millrace.Nodes.Http;

namespace Millrace.Nodes.Integration;

/// <summary>The operator's own S3, for nodes that name neither an endpoint nor credentials.</summary>
public sealed record S3Settings
{
    /// <summary>The setting of <see cref="Endpoint"/>.</summary>
    public const string EndpointName = "S3_ENDPOINT";
    /// <summary>The setting of <see cref="Region"/>.</summary>
    public const string RegionName = "S3_REGION";
    /// <summary>The setting of <see cref="AccessKeyId"/>.</summary>
    public const string AccessKeyIdName = "S3_ACCESS_KEY_ID";
    /// <summary>The setting of <see cref="SecretAccessKey"/>.</summary>
    public const string SecretAccessKeyName = "S3_SECRET_ACCESS_KEY";
    /// <summary>The setting of <see cref="Tenants"/>.</summary>
    public const string TenantsName = "S3_TENANTS";
    /// <summary>What in <see cref="Tenants"/> stands for all.</summary>
    public const string AnyTenant = "*";

    /// <summary>Where it is; null: at Amazon.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Its region; null: us-east-1.</summary>
    public string? Region { get; init; }

    /// <summary>The id of the access key.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>The secret of the access key.</summary>
    public string? SecretAccessKey { get; init; }

    /// <summary>The tenants whose workflows may use it. They share its buckets.</summary>
    public ImmutableArray<string> Tenants { get; init; } = [];

    internal bool IsFor(string tenant) =>
        Tenants.Contains(tenant, StringComparer.Ordinal) || Tenants.Contains(AnyTenant, StringComparer.Ordinal);
}

/// <summary>Objects in S3, or in what speaks like it. Nothing is looked up on this machine: no profile, no metadata service.</summary>
internal sealed class S3Storage : Storage, IDisposable
{
    private const string UsualRegion = "us-east-1";
    private const int Page = 1_000;

    private readonly AmazonS3Client _client;

    /// <param name="config">The node's config.</param>
    /// <param name="settings">The operator's own.</param>
    /// <param name="http">How workflows reach other servers.</param>
    /// <param name="context">The attempt.</param>
    /// <exception cref="StorageException">It is not said who asks, or where.</exception>
    public S3Storage(StorageConfig config, S3Settings settings, OutgoingHttp http, EffectContext context)
    {
        var isOwn = config is { Endpoint: null, Credentials: null };
        var credentials = isOwn
            ? OwnCredentials(settings, context.Tenant)
            : config.Credentials?.Read()
                ?? throw new StorageException("A node with an 'endpoint' of its own needs 'credentials' as well.", isRetryable: false);
        var endpoint = isOwn ? settings.Endpoint : EndpointOf(config.Endpoint);
        var options = new AmazonS3Config
        {
            AuthenticationRegion = config.Region ?? settings.Region ?? UsualRegion,
            ForcePathStyle = endpoint is not null,
            MaxErrorRetry = 0,
            Timeout = System.Threading.Timeout.InfiniteTimeSpan,
            DefaultConfigurationMode = DefaultConfigurationMode.Standard,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            HttpClientFactory = new NodeClients((request, cancellation) =>
                isOwn && endpoint is not null
                    ? OutgoingHttp.Operators.SendAsync(request, cancellation)
                    : http.SendAsync(request, context, cancellation)),
        };
        if (endpoint is null)
            options.RegionEndpoint = RegionEndpoint.GetBySystemName(options.AuthenticationRegion);
        else
            options.ServiceURL = endpoint.ToString();
        _client = new AmazonS3Client(credentials, options);
    }

    public override string Scheme => "s3";

    public override Task<StoredFile> WriteAsync(string bucket, string key, OpenedFile content, bool isFile, CancellationToken cancellation) => TellAsync("put", bucket, key, async () =>
    {
        var request = new PutObjectRequest
        {
            BucketName = bucket,
            Key = key,
            InputStream = content.Content,
            ContentType = content.Head.MediaType,
            AutoCloseStream = false,
            // A stored file has its head before its content.
            AutoResetStreamPosition = false,
            UseChunkEncoding = false,
        };
        var put = await _client.PutObjectAsync(request, cancellation);
        return new StoredFile(key, content.Size, Etag(put.ETag));
    });

    public override Task<T?> ReadAsync<T>(string bucket, string key, Func<FoundContent, Task<T>> use, CancellationToken cancellation) where T : class => TellAsync<T?>("get", bucket, key, async () =>
    {
        try
        {
            using var got = await _client.GetObjectAsync(bucket, key, cancellation);
            return await use(
                new FoundContent(got.ResponseStream, Etag(got.ETag), got.Headers.ContentType is { Length: > 0 } type ? type : null));
        }
        // What the answer says besides that may be no XML that can be read: some servers put the key in as it is.
        catch (AmazonServiceException e) when (e.StatusCode == HttpStatusCode.NotFound && e.ErrorCode is not "NoSuchBucket")
        {
            return null;
        }
    });

    public override Task<bool> DeleteAsync(string bucket, string key, CancellationToken cancellation) => TellAsync("delete", bucket, key, async () =>
    {
        var isThere = await IsThereAsync(bucket, key, cancellation);
        await _client.DeleteObjectAsync(bucket, key, cancellation);
        return isThere;
    });

    public override Task<(IReadOnlyList<ListedFile> Files, bool HasMore)> ListAsync(
        string bucket, string prefix, int limit, CancellationToken cancellation) => TellAsync("list", bucket, prefix, async () =>
    {
        var files = new List<ListedFile>();
        for (string? next = null; ;)
        {
            var page = await _client.ListObjectsV2Async(
                new ListObjectsV2Request { BucketName = bucket, Prefix = prefix, MaxKeys = Page, ContinuationToken = next }, cancellation);
            files.AddRange(
                (page.S3Objects ?? []).Select(
                    found => new ListedFile(found.Key, found.Size ?? 0, (found.LastModified ?? default).ToUniversalTime())));
            next = page.IsTruncated is true ? page.NextContinuationToken : null;
            if (next is null || files.Count >= limit)
                return ((IReadOnlyList<ListedFile>)[.. files.Take(limit)], next is not null || files.Count > limit);
        }
    });

    public void Dispose() => _client.Dispose();

    // S3 answers a deletion the same whether there was something or not.
    private async Task<bool> IsThereAsync(string bucket, string key, CancellationToken cancellation)
    {
        try
        {
            await _client.GetObjectMetadataAsync(bucket, key, cancellation);
            return true;
        }
        catch (AmazonS3Exception e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    private static BasicAWSCredentials OwnCredentials(S3Settings settings, string tenant) =>
        settings is { AccessKeyId: { } id, SecretAccessKey: { } secret }
        ? settings.IsFor(tenant)
            ? new BasicAWSCredentials(id, secret)
            : throw new StorageException(
                $"The S3 of this server is not for the tenant '{tenant}'. Name the tenant in {S3Settings.TenantsName}, or give the node "
                    + "its own 'credentials'.",
                isRetryable: false)
        : throw new StorageException(
            $"No S3 is configured on this server ({S3Settings.AccessKeyIdName} and {S3Settings.SecretAccessKeyName} are not set), and the "
                + "node has no 'credentials'. Set them, or give the node its own.",
            isRetryable: false);

    private static Uri? EndpointOf(string? text) =>
        text is null ? null : Uri.TryCreate(text, UriKind.Absolute, out var uri) && StorageConfig.EndpointProblem(text) is null
        ? uri
        : throw new StorageException(StorageConfig.EndpointProblem(text) ?? "", isRetryable: false);

    private static string Etag(string? etag) => (etag ?? "").Trim('"');

    private static async Task<T> TellAsync<T>(string operation, string bucket, string key, Func<Task<T>> action)
    {
        string What(string reason) => $"The operation '{operation}' on '{key}' of the S3 bucket '{bucket}' failed: {reason}";
        try
        {
            return await action();
        }
        catch (AmazonS3Exception e)
        {
            var isRetryable = (int)e.StatusCode is >= 500 or 408 or 429 || e.ErrorCode is "SlowDown" or "RequestTimeout" or "Throttling";
            throw new StorageException(What(Reason(e, bucket)), isRetryable, e);
        }
        catch (Exception e) when (
            e is HttpRequestException or AmazonServiceException or AmazonClientException or IOException or SecretBoundException)
        {
            var refusal = Within(e).FirstOrDefault(one => one is AddressRefusedException or SecretBoundException);
            throw new StorageException(What(refusal?.Message ?? NetworkFailures.Explain(e) + "."), isRetryable: refusal is null, e);
        }
    }

    private static string Reason(AmazonS3Exception e, string bucket) => e.ErrorCode switch
    {
        "NoSuchBucket" => $"there is no bucket '{bucket}'.",
        "AccessDenied" or "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "ExpiredToken" =>
            $"its credentials do not allow that ({e.ErrorCode}).",
        { Length: > 0 } code => $"it answered {(int)e.StatusCode} ({code}).",
        _ => e.StatusCode == HttpStatusCode.Forbidden ? "its credentials do not allow that." : $"it answered {(int)e.StatusCode}.",
    };

    private static IEnumerable<Exception> Within(Exception e)
    {
        for (Exception? one = e; one is not null; one = one.InnerException)
            yield return one;
    }

    /// <summary>Sends what the SDK makes as a node's calls are sent.</summary>
    private sealed class NodeClients(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(new Handler(send), disposeHandler: true) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => true;
    }

    private sealed class Handler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            send(request, cancellationToken);
    }
}
