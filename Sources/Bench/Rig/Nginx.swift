internal import Foundation

/// nginx that answers 204 to every POST after reading its body: the ceiling of accepting a request.
struct Nginx {
    let port: Int
    let child: Child

    static func start(_ rig: Rig) async throws -> Nginx {
        let port = try Ports.free()
        let file = rig.folder + "/nginx.conf"
        try Data(configuration(port: port, folder: rig.folder).utf8).write(to: URL(fileURLWithPath: file))
        let child = try Child(
            [try Program.find("nginx"), "-c", file, "-p", rig.folder, "-e", "stderr"], log: rig.newLog())
        try await awaitUntil(.seconds(10), "starting nginx") {
            guard child.isRunning else { throw BenchError("nginx ended:\n\(child.output)") }
            return Ports.answers(port)
        }
        return Nginx(port: port, child: child)
    }

    private static func configuration(port: Int, folder: String) -> String {
        """
        daemon off;
        worker_processes auto;
        pid \(folder)/nginx.pid;
        error_log stderr;
        events { worker_connections 4096; }
        http {
            access_log off;
            client_body_temp_path \(folder)/body;
            proxy_temp_path \(folder)/proxy;
            fastcgi_temp_path \(folder)/fastcgi;
            uwsgi_temp_path \(folder)/uwsgi;
            scgi_temp_path \(folder)/scgi;
            client_body_buffer_size 64k;
            client_max_body_size 2m;
            keepalive_requests 1000000000;
            server {
                listen 127.0.0.1:\(port);
                location / { return 204; }
            }
        }

        """
    }
}
